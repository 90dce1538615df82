import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type {
  AnySchema,
  SchemaOutput,
  ShapeOutput,
  ZodRawShapeCompat,
} from '@modelcontextprotocol/sdk/server/zod-compat.js'
import { getObjectShape } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js'
import type {
  CallToolResult,
  ServerNotification,
  ServerRequest,
  ToolAnnotations,
} from '@modelcontextprotocol/sdk/types.js'
import { runWithSignal } from './api-context.ts'
import { filterListing } from './listing.ts'
import { holdsScope, isVerifiedFor, type ToolIdentity, verifiedIdentity } from './tool-identity.ts'

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>
type Awaitable<T> = T | Promise<T>
type Shape = ZodRawShapeCompat | AnySchema

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

/** Options of {@link createGatedToolRegistrar}. */
export interface GatedToolRegistrarOptions<Identity extends ToolIdentity, Context extends object> {
  /** Where tools are registered: the SDK's `McpServer`, or Portico's. */
  server: McpServer
  /**
   * Says who calls, once a call; nobody, where it returns nothing or throws.
   * @defaultValue the caller that `authorized` of `@portico-mcp/auth` verified
   */
  resolveIdentity?: () => Awaitable<Identity | null | undefined>
  /** Gates of every tool, in order, before the tool's own. @defaultValue none */
  gates?: readonly Gate<Identity>[]
  /** Whether the caller must hold a tool's `requiredScope`. @defaultValue true */
  enforceScope?: boolean
  /** Adds to the arguments of every tool; wins over them. @defaultValue nothing */
  buildContext?: (call: ToolCallContext<Identity>) => Awaitable<Context>
  /** Hears of what a tool's `method` threw, which is thrown on; not of gates and scopes. @defaultValue none */
  onError?: (error: unknown, call: ToolCallContext<Identity>) => Awaitable<void>
  /** Text of the error where a tool found nothing. @defaultValue 'Not found' */
  notFoundMessage?: string
  /** Lists tools to callers that may not call them, too. @defaultValue false */
  listAnyway?: boolean
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

/**
 * Registers tools that know who calls, and ask what the caller may do. A call passes, in this order:
 *
 * 1. `resolveIdentity`: nobody is answered `{"error":"Unauthorized"}`, flagged as an error;
 * 2. `requiredScope`, in the identity's `scope` or `scopes`: without, an error that names it;
 * 3. the gates, one after another: what one throws rejects the call;
 * 4. `buildContext`, whose members join the arguments;
 * 5. `method`.
 *
 * Steps 1 and 2 also decide whether the caller's `tools/list` shows the tool; gates see arguments, and
 * decide on calls alone.
 *
 * @param options - See {@link GatedToolRegistrarOptions}.
 *
 * @example
 * ```ts
 * import { McpServer } from '@portico-mcp/core'
 * import { createGatedToolRegistrar } from '@portico-mcp/tools'
 * import { z } from 'zod'
 *
 * const server = new McpServer({ name: 'campaigns', version: '1.0.0' })
 * const { register } = createGatedToolRegistrar({ server, buildContext: () => ({ tenantId: 'acme' }) })
 *
 * register({
 *   name: 'list-campaigns',
 *   description: 'List all campaigns of the caller',
 *   requiredScope: 'campaigns:read',
 *   inputSchema: { limit: z.number().optional() },
 *   method: async ({ userId, tenantId, limit = 10 }) => ({ userId, tenantId, limit }),
 * })
 * ```
 */
export function createGatedToolRegistrar<
  Identity extends ToolIdentity = ToolIdentity,
  Context extends object = object,
>(options: GatedToolRegistrarOptions<Identity, Context>): GatedToolRegistrar<Identity, Context> {
  const { server, enforceScope = true, listAnyway = false, notFoundMessage = 'Not found' } = options
  const scopeOf = new Map<string, string | undefined>()

  const resolve = async (): Promise<Identity | undefined> => {
    try {
      return (await (options.resolveIdentity ?? verifiedIdentity)()) as Identity
    } catch {
      return undefined
    }
  }
  const holds = (identity: Identity, scope: string | undefined): boolean =>
    !enforceScope ||
    scope === undefined ||
    holdsScope(identity, scope) ||
    (!options.resolveIdentity && isVerifiedFor(scope))

  if (!listAnyway) {
    filterListing(server, async () => {
      const identity = await resolve()
      return (tool) => !scopeOf.has(tool) || Boolean(identity && holds(identity, scopeOf.get(tool)))
    })
  }

  type Def = GatedToolDef<Identity, Context, ZodRawShapeCompat>
  async function serve(def: Def, args: Record<string, unknown>, extra: Extra): Promise<CallToolResult> {
    const identity = await resolve()
    if (!identity) return failed('Unauthorized')
    if (!holds(identity, def.requiredScope)) {
      return failed(`Tool ${def.name} requires the scope "${def.requiredScope}"`)
    }
    const call = { identity, args, handler: def.name, extra }
    for (const gate of [...(options.gates ?? []), ...(def.gates ?? [])]) await gate(call)
    const context = await options.buildContext?.(call)
    try {
      const given = { ...withCaller(args, identity, def.inputSchema), ...context }
      const result = await def.method(given as Parameters<Def['method']>[0], call)
      if (result === null || result === undefined) return failed(notFoundMessage)
      return { content: [{ type: 'text', text: JSON.stringify(result) }] }
    } catch (error) {
      await reportTo(options.onError, error, call)
      throw error
    }
  }

  return {
    register: (def) => {
      const { name, title, description, annotations, inputSchema = {} } = def
      const config = { title, description, annotations, inputSchema: inputSchema as ZodRawShapeCompat }
      server.registerTool(name, config, (args, extra) =>
        runWithSignal(extra.signal, () => serve(def as unknown as Def, args, extra)),
      )
      scopeOf.set(name, def.requiredScope)
    },
  }
}

// a caller must not name itself: only a declared argument may be called like that
function withCaller(args: object, { userId }: ToolIdentity, schema: Shape | undefined): object {
  const shape = isSchema(schema) ? getObjectShape(schema) : schema
  return shape && Object.hasOwn(shape, 'userId') ? args : { ...args, userId }
}

const isSchema = (schema: Shape | undefined): schema is AnySchema =>
  schema !== undefined && ('_zod' in schema || '_def' in schema)

async function reportTo<Call>(
  onError: ((error: unknown, call: Call) => Awaitable<void>) | undefined,
  error: unknown,
  call: Call,
): Promise<void> {
  try {
    await onError?.(error, call)
  } catch {
    // what the method threw is what counts
  }
}

const failed = (error: string): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: JSON.stringify({ error }) }],
})
