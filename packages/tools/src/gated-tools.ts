import type { ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, textOfId, validateOptions } from '@portico-mcp/core/internal'
import { runWithSignal } from './api-context.ts'
import type {
  Awaitable,
  Extra,
  GatedToolDef,
  GatedToolRegistrar,
  GatedToolRegistrarOptions,
} from './gated-tool.ts'
import { filterListing } from './listing.ts'
import { argumentsOf } from './tool-arguments.ts'
import { holdsScope, isVerifiedFor, type ToolIdentity, verifiedIdentity } from './tool-identity.ts'

const NO_ARGUMENTS: ZodRawShapeCompat = {}

const RULES = {
  server: optionRules.objectWith('registerTool'),
  resolveIdentity: optionRules.callback,
  gates: optionRules.listOf(optionRules.callback, 'functions'),
  enforceScope: optionRules.flag,
  buildContext: optionRules.callback,
  onError: optionRules.callback,
  notFoundMessage: optionRules.string,
  listAnyway: optionRules.flag,
}

/**
 * Registers tools that know who calls, and ask what the caller may do. A call passes, in this order:
 *
 * 1. `resolveIdentity`: without an identity and its `userId`, the answer is the error `{"error":"Unauthorized"}`;
 * 2. `requiredScope`, in the identity's `scope` or `scopes`: without, an error that names it;
 * 3. the arguments have to fit `inputSchema`;
 * 4. the gates, one after another: what one throws rejects the call;
 * 5. `buildContext`, whose members join the arguments;
 * 6. `method`.
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
  validateOptions<GatedToolRegistrarOptions<Identity, Context>>('createGatedToolRegistrar', options, RULES)
  const { server, enforceScope = true, listAnyway = false, notFoundMessage = 'Not found' } = options
  const scopeOf = new Map<string, string | undefined>()

  const resolve = async (): Promise<Identity | undefined> => {
    try {
      const identity = (await (options.resolveIdentity ?? verifiedIdentity)()) as Identity | undefined
      // tools look things up by it, and would find what is everybody's
      return textOfId(identity?.userId) === undefined ? undefined : identity
    } catch {
      return undefined
    }
  }
  const holds = (identity: Identity, scope: string | undefined): boolean =>
    !enforceScope ||
    scope === undefined ||
    // of a verified token, the verifier says which scopes count
    (options.resolveIdentity ? holdsScope(identity, scope) : isVerifiedFor(scope))

  if (!listAnyway) {
    filterListing(server, async () => {
      const identity = await resolve()
      if (!identity && scopeOf.size > 0) warnOfHiddenTools(scopeOf.size)
      return (tool) => !scopeOf.has(tool) || Boolean(identity && holds(identity, scopeOf.get(tool)))
    })
  }

  type Def = GatedToolDef<Identity, Context, ZodRawShapeCompat>
  async function serve(def: Def, sent: object, extra: Extra): Promise<CallToolResult> {
    const identity = await resolve()
    if (!identity) return failed('Unauthorized')
    if (!holds(identity, def.requiredScope)) {
      return failed(`Tool ${def.name} requires the scope "${def.requiredScope}"`)
    }
    const expected = argumentsOf(def.inputSchema ?? NO_ARGUMENTS)
    const args = await expected.read(def.name, sent)
    const call = { identity, args, handler: def.name, extra }
    for (const gate of [...(options.gates ?? []), ...(def.gates ?? [])]) await gate(call)
    const context = await options.buildContext?.(call)
    try {
      // a caller must not name itself: only a declared argument may be called like that
      const caller = expected.declares('userId') ? {} : { userId: identity.userId }
      const given = { ...args, ...caller, ...context }
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
      const { name, title, description, annotations, inputSchema = NO_ARGUMENTS } = def
      const config = { title, description, annotations, inputSchema: argumentsOf(inputSchema).listed }
      server.registerTool(name, config, (sent, extra) =>
        runWithSignal(extra.signal, () => serve(def as unknown as Def, sent, extra)),
      )
      scopeOf.set(name, def.requiredScope)
    },
  }
}

let isWarned = false

// a client that sees no tools neither shows any nor asks its user to sign in
function warnOfHiddenTools(count: number): void {
  if (isWarned) return
  isWarned = true
  console.warn(
    `createGatedToolRegistrar: a caller without an identity listed the tools, and ${count} gated ${count === 1 ? 'tool was' : 'tools were'} left out. Leave tools/list out of publicMethods, so that clients sign in first, or pass listAnyway: true.`,
  )
}

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
