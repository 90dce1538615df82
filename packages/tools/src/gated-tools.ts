import type { ZodRawShapeCompat } from '@modelcontextprotocol/sdk/server/zod-compat.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { runWithSignal } from './api-context.ts'
import { type CallSettings, findCaller, isPermitted, serveGatedCall } from './gated-call.ts'
import type { GatedToolDef, GatedToolRegistrar, GatedToolRegistrarOptions } from './gated-tool.ts'
import { filterListing } from './listing.ts'
import { getToolArguments } from './tool-arguments.ts'
import type { ToolIdentity } from './tool-identity.ts'

const NO_ARGUMENTS: ZodRawShapeCompat = {}

const RULES: Rules<keyof GatedToolRegistrarOptions<ToolIdentity, object>> = {
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
 * Creates a registrar for tools that require an identity and check what the caller may do. A call goes through these steps:
 *
 * 1. `resolveIdentity`: without an identity and its `userId`, the result is the error `{"error":"Unauthorized"}`.
 * 2. `requiredScope` must be in `scope` or `scopes` of the identity, or the result is an error that names it.
 * 3. The arguments must match `inputSchema`.
 * 4. The gates are called in order. If one throws, the call is rejected.
 * 5. `buildContext` returns further arguments.
 * 6. `method` is called.
 *
 * Steps 1 and 2 also decide whether `tools/list` shows the tool to a caller. Gates depend on arguments, so they apply to
 * calls only.
 *
 * @param options - See {@link GatedToolRegistrarOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, or if `server` is missing.
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
  const { server, listAnyway = false } = options
  if (!server) {
    throw new TypeError(
      'createGatedToolRegistrar: server must be an object with registerTool (got undefined)',
    )
  }
  const settings: CallSettings<Identity, Context> = {
    ...options,
    enforceScope: options.enforceScope ?? true,
    notFoundMessage: options.notFoundMessage ?? 'Not found',
  }
  const requiredScopes = new Map<string, string | undefined>()
  if (!listAnyway) hideTools(settings, requiredScopes)
  return {
    register: (def) => {
      const { name, title, description, annotations, inputSchema = NO_ARGUMENTS } = def
      const config = { title, description, annotations, inputSchema: getToolArguments(inputSchema).listed }
      const tool = { ...def, inputSchema } as unknown as GatedToolDef<Identity, Context, ZodRawShapeCompat>
      server.registerTool(name, config, (args, extra) =>
        runWithSignal(extra.signal, () => serveGatedCall(tool, args, extra, settings)),
      )
      requiredScopes.set(name, def.requiredScope)
    },
  }
}

/** Hides gated tools in `tools/list` from callers that may not call them. */
function hideTools<Identity extends ToolIdentity, Context extends object>(
  settings: CallSettings<Identity, Context>,
  requiredScopes: ReadonlyMap<string, string | undefined>,
): void {
  filterListing(settings.server, async () => {
    const identity = await findCaller(settings)
    if (!identity && requiredScopes.size > 0) warnOfHiddenTools(requiredScopes.size)
    return (tool) =>
      !requiredScopes.has(tool) ||
      Boolean(identity && isPermitted(identity, requiredScopes.get(tool), settings))
  })
}

let isWarned = false

// A client that gets no tools neither shows any nor asks its user to sign in.
function warnOfHiddenTools(count: number): void {
  if (isWarned) return
  isWarned = true
  console.warn(
    `createGatedToolRegistrar: a caller without an identity listed the tools, and ${count} gated ${count === 1 ? 'tool was' : 'tools were'} left out. Leave tools/list out of publicMethods, so that clients sign in first, or pass listAnyway: true.`,
  )
}
