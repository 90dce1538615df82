import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  Refusal,
  type Wrapped,
} from '@portico-mcp/core'
import {
  isPromise,
  optionRules,
  type ReadRequest,
  type Rules,
  readJson,
  wrap,
} from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { authStorage } from './context.ts'
import { readBearerToken } from './credentials.ts'
import { invalidToken } from './errors.ts'
import { filterLists } from './filter-lists.ts'
import { demandScopes, type Gate, identify, readGate, refuse, report } from './gate.ts'
import { coversScopes } from './hierarchy.ts'
import { listsAnything, methodOf, operationsOf } from './operations.ts'
import { BEARER_RULES } from './option-rules.ts'
import type { Operation, ScopeRules } from './scope-rules.ts'
import type { AuthInfo } from './verifier.ts'

/** Options of {@link withAuth}. */
export interface AuthOptions extends VerifyBearerTokenOptions {
  /**
   * JSON-RPC methods that need no token; a batch always needs one, and so does what is not a POST. A
   * token that is sent is verified all the same. With `initialize` among them, OAuth clients never see a
   * 401 and so never sign in. @defaultValue none
   */
  publicMethods?: readonly string[] | undefined
  /** Which scopes operations need: 403 with all of them, and not listed without. @defaultValue none */
  scopes?: ScopeRules | undefined
  /**
   * Bytes of a request body, where `publicMethods` or `scopes` have it read here; a larger one gets 413,
   * whatever the handler's own limit. @defaultValue 4194304
   */
  maxRequestBodySize?: number | undefined
}

const RULES: Rules<keyof AuthOptions> = {
  ...BEARER_RULES,
  publicMethods: optionRules.texts,
  scopes: { ...optionRules.objectWith('required'), allowed: 'what scopes() returns' },
  maxRequestBodySize: optionRules.positive('bytes'),
}

/**
 * Puts a bearer gate in front of a handler. What it lets through carries `authInfo` to the factory, to
 * `extra` and to `getIdentity()`; what it does not is answered 401 or 403 with a challenge (RFC 6750 §3,
 * RFC 9728 §5.1), and reaches no server. An `authInfo` from outside is not believed.
 *
 * @param handler - A Portico handler, or anything that wraps one; its own members are kept, those of a class are not.
 * @param options - See {@link AuthOptions}.
 * @throws TypeError for a URL or a scope that is none, for rules that are none, or without a verifier.
 *
 * @example
 * ```ts
 * import { jwtVerifier, withAuth } from '@portico-mcp/auth'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const notes = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * export const handler = withAuth(notes, {
 *   resourceServerUrl: 'https://mcp.example.com/mcp',
 *   verifier: jwtVerifier({
 *     issuer: 'https://auth.example.com',
 *     jwksUri: 'https://auth.example.com/jwks.json',
 *   }),
 *   requiredScopes: ['notes:read'],
 * })
 * ```
 */
export function withAuth<H extends FetchHandler>(handler: H, options: AuthOptions): Wrapped<H> {
  const gate = readGate('withAuth', options, RULES)
  const { publicMethods = [], scopes: rules, maxRequestBodySize = 4 * 1024 * 1024 } = options
  const { scopeHierarchy, requiredScopes } = gate
  const methods = new Set(publicMethods)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    let authInfo: AuthInfo | undefined
    let read: ReadRequest = { request, parsedBody: given.parsedBody }
    let needed: readonly string[] = requiredScopes
    try {
      // an unknown caller's body is read only where it may open the gate
      const identified = resolve(request, gate)
      // a promise costs about 1 µs on Node 20 with an AsyncLocalStorage, and a remembered token needs none
      authInfo = isPromise(identified) ? await identified : identified
      if (!authInfo && methods.size === 0) throw invalidToken('no-token')
      if (methods.size > 0 || rules) read = await readJson(request, given, maxRequestBodySize)
      const isPublic = request.method === 'POST' && methods.has(methodOf(read.parsedBody) ?? '')
      const special = rules ? operationsOf(read.parsedBody).flatMap((one) => rules.required(one)) : []
      if (isPublic || special.length > 0) {
        needed = [...new Set([...(isPublic ? [] : requiredScopes), ...special])]
      }
      if (!authInfo && !(isPublic && needed.length === 0)) throw invalidToken('no-token')
      if (authInfo) demandScopes(authInfo, needed, gate)
    } catch (thrown) {
      if (asksForDocument(request)) return new Response(null, { status: 404 })
      return thrown instanceof Refusal ? fail(thrown, gate) : refuse(thrown, gate, needed)
    }
    const caller = authInfo && { authInfo, scopeHierarchy }
    const { parsedBody } = read
    const response = await authStorage.run(caller, () =>
      handler.fetch(read.request, { ...given, authInfo, parsedBody }),
    )
    // a stream that is resumed by GET may repeat a list
    if (!rules || !(request.method === 'GET' || listsAnything(parsedBody))) return response
    const granted = authInfo?.scopes ?? []
    try {
      return await filterLists(response, (operation: Operation) =>
        coversScopes(granted, rules.required(operation), scopeHierarchy),
      )
    } catch (thrown) {
      return fail(thrown as Error, gate)
    }
  }

  return wrap(handler, answer)
}

/**
 * Whether a request is for a document of the origin (RFC 8615), which no endpoint is. Clients look for several in turn,
 * and take a challenge in place of a 404 for the end of the search.
 */
const asksForDocument = ({ method, url }: Request): boolean =>
  method !== 'POST' && new URL(url).pathname.startsWith('/.well-known/')

function fail(error: Error, gate: Gate): Response {
  report(error, gate)
  return errorResponse(error)
}

function resolve({ headers }: Request, gate: Gate): AuthInfo | undefined | Promise<AuthInfo> {
  const token = readBearerToken(headers.get('authorization'))
  return token === undefined ? undefined : identify(token, gate)
}
