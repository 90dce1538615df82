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

/** What the SDK tells a handler of its request. */
export type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>
/** A value, or a promise of one. */
export type Awaitable<T> = T | Promise<T>
/** Zod fields, or a zod object. */
export type Shape = ZodRawShapeCompat | AnySchema

// what a tool without a schema is called with
type ArgsOf<Schema> = Schema extends AnySchema
  ? SchemaOutput<Schema>
  : Schema extends ZodRawShapeCompat
    ? ShapeOutput<Schema>
    : object

/** One call of a gated tool. */
export interface ToolCallContext<Identity = ToolIdentity, Args = Record<string, unknown>> {
  /** Who calls. */
  identity: Identity
  /** The arguments, as the tool's schema let them through. */
  args: Args
  /** The name of the tool. */
  handler: string
  /** What the SDK tells of the request, such as `signal`. */
  extra: Extra
}

/** Throws to reject a call; its message reaches the client as a tool error. */
export type Gate<Identity = ToolIdentity, Args = Record<string, unknown>> = (
  call: ToolCallContext<Identity, Args>,
) => void | Promise<void> | unknown

/** Options of `createGatedToolRegistrar`. */
export interface GatedToolRegistrarOptions<Identity extends ToolIdentity, Context extends object> {
  /** Where tools are registered: the SDK's `McpServer`, or Portico's. */
  server: McpServer
  /**
   * Identifies the caller, once per call. If it returns nothing or an empty `userId`, or throws, the call is refused.
   * @defaultValue the caller that `withAuth` of `@portico-mcp/auth` verified
   */
  resolveIdentity?: (() => Awaitable<Identity | null | undefined>) | undefined
  /** Gates of every tool, in order, before the tool's own. @defaultValue none */
  gates?: readonly Gate<Identity>[] | undefined
  /** Whether the caller must hold a tool's `requiredScope`. @defaultValue true */
  enforceScope?: boolean | undefined
  /** Adds to the arguments of every tool; wins over them. @defaultValue nothing */
  buildContext?: ((call: ToolCallContext<Identity>) => Awaitable<Context>) | undefined
  /** Hears of what a tool's `method` threw, which is thrown on; not of gates and scopes. @defaultValue none */
  onError?: ((error: unknown, call: ToolCallContext<Identity>) => Awaitable<void>) | undefined
  /** Text of the error where a tool found nothing. @defaultValue 'Not found' */
  notFoundMessage?: string | undefined
  /** Lists tools to callers that may not call them, too. @defaultValue false */
  listAnyway?: boolean | undefined
}

/** A tool behind identity, scope and gates. */
export interface GatedToolDef<
  Identity extends ToolIdentity,
  Context extends object,
  Schema extends Shape | undefined,
> {
  /** Its name. */
  name: string
  /** A title for people. @defaultValue none */
  title?: string
  /** What it does, for models and people. */
  description: string
  /** The scope that its caller must hold. @defaultValue none */
  requiredScope?: string
  /** Zod fields, or a zod object. @defaultValue no arguments */
  inputSchema?: Schema
  /** Hints for clients. @defaultValue none */
  annotations?: ToolAnnotations
  /** Gates of this tool alone, after those of every tool. @defaultValue none */
  gates?: readonly Gate<Identity, ArgsOf<Schema>>[]
  /**
   * Does it. What it returns is answered as JSON text; nothing (`null`, `undefined`) as not found. The
   * caller's `userId` is among its arguments, unless the schema declares an argument of that name.
   */
  method: (
    args: Omit<{ userId: string }, keyof ArgsOf<Schema>> & ArgsOf<Schema> & Context,
    call: ToolCallContext<Identity, ArgsOf<Schema>>,
  ) => unknown
}

/** Registers gated tools. */
export interface GatedToolRegistrar<Identity extends ToolIdentity, Context extends object> {
  /** Registers a tool; throws where its name is taken. */
  register: <Schema extends Shape | undefined = undefined>(
    def: GatedToolDef<Identity, Context, Schema>,
  ) => void
}
