import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type {
  AnySchema,
  SchemaOutput,
  ShapeOutput,
  ZodRawShapeCompat,
} from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type { ServerNotification, ServerRequest, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import type { ToolIdentity } from './tool-identity.ts'

/** What the SDK passes to a handler about its request. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>
/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>
/** Zod fields, or a zod object. */
export type Shape = ZodRawShapeCompat | AnySchema

// A tool without a schema gets an empty object.
type ArgsOf<Schema> = Schema extends AnySchema
  ? SchemaOutput<Schema>
  : Schema extends ZodRawShapeCompat
    ? ShapeOutput<Schema>
    : object

/** One call of a gated tool. */
export interface ToolCallContext<Identity = ToolIdentity, Args = Record<string, unknown>> {
  /** The caller. */
  identity: Identity
  /** The validated arguments. */
  args: Args
  /** The name of the tool. */
  handler: string
  /** What the SDK passes about the request, such as `signal`. */
  extra: Extra
}

/** A check that throws to reject a call. The message is sent to the client as a tool error. */
export type Gate<Identity = ToolIdentity, Args = Record<string, unknown>> = (
  call: ToolCallContext<Identity, Args>,
) => void | Promise<void> | unknown

/** Options of `createGatedToolRegistrar`. */
export interface GatedToolRegistrarOptions<Identity extends ToolIdentity, Context extends object> {
  /** The server that the tools are registered on: the SDK's `McpServer`, or Portico's. */
  server: McpServer
  /**
   * Identifies the caller, once per call. If it returns nothing or an empty `userId`, or throws, the call is refused.
   * @defaultValue the caller that `withAuth` of `@portico-mcp/auth` verified
   */
  resolveIdentity?: (() => Awaitable<Identity | null | undefined>) | undefined
  /** Gates of all tools, called in order before those of the tool. @defaultValue none */
  gates?: readonly Gate<Identity>[] | undefined
  /** Whether the caller must have the `requiredScope` of a tool. @defaultValue true */
  enforceScope?: boolean | undefined
  /** Returns further arguments of every tool. They replace arguments of the same name. @defaultValue none */
  buildContext?: ((call: ToolCallContext<Identity>) => Awaitable<Context>) | undefined
  /** Called with errors of a tool's `method`, which are thrown again. Rejections by gates and scopes are not reported. @defaultValue none */
  onError?: ((error: unknown, call: ToolCallContext<Identity>) => Awaitable<void>) | undefined
  /** The error message if `method` returns `null` or `undefined`. @defaultValue 'Not found' */
  notFoundMessage?: string | undefined
  /** Whether `tools/list` also shows tools to callers that may not call them. @defaultValue false */
  listAnyway?: boolean | undefined
}

/** A tool that requires an identity, a scope and gates. */
export interface GatedToolDef<
  Identity extends ToolIdentity,
  Context extends object,
  Schema extends Shape | undefined,
> {
  /** The name. */
  name: string
  /** A title to show to people. @defaultValue none */
  title?: string
  /** A description for models and people. */
  description: string
  /** The scope that the caller must have. @defaultValue none */
  requiredScope?: string
  /** Zod fields, or a zod object. @defaultValue no arguments */
  inputSchema?: Schema
  /** Hints for clients. @defaultValue none */
  annotations?: ToolAnnotations
  /** Gates of this tool, called after those of all tools. @defaultValue none */
  gates?: readonly Gate<Identity, ArgsOf<Schema>>[]
  /**
   * The implementation. Its return value is sent as JSON text; `null` and `undefined` are sent as the error
   * `notFoundMessage`. The arguments contain the `userId` of the caller, unless the schema declares an argument of that
   * name.
   */
  method: (
    args: Omit<{ userId: string }, keyof ArgsOf<Schema>> & ArgsOf<Schema> & Context,
    call: ToolCallContext<Identity, ArgsOf<Schema>>,
  ) => unknown
}

/** Registers gated tools. */
export interface GatedToolRegistrar<Identity extends ToolIdentity, Context extends object> {
  /** Registers a tool. @throws Error if its name is already registered. */
  register: <Schema extends Shape | undefined = undefined>(
    def: GatedToolDef<Identity, Context, Schema>,
  ) => void
}
