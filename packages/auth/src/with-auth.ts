import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  Refusal,
  type Wrapped,
} from '@portico-mcp/core'
import {
  changeRequestOptions,
  isPromise,
  optionRules,
  type ReadRequest,
  type Rules,
  readJson,
  wrap,
} from '@portico-mcp/core/internal'
import type { VerifyBearerTokenOptions } from './bearer-options.ts'
import { type BearerSettings, readBearerSettings } from './bearer-settings.ts'
import { authStorage } from './context.ts'
import { readBearerToken } from './credentials.ts'
import { insufficientScope, invalidToken } from './errors.ts'
import { filterLists } from './filter-lists.ts'
import { coversScopes, requireScopes } from './hierarchy.ts'
import { concernsTasks, listOperations, mayReturnList, readMethod } from './operations.ts'
import { BEARER_RULES } from './option-rules.ts'
import { refuseRequest, reportError } from './refuse-request.ts'
import type { Operation, ScopeRules } from './scope-rules.ts'
import { findMissingTaskScopes, requireTaskScopes } from './task-scopes.ts'
import type { AuthInfo } from './verifier.ts'
import { verifyToken } from './verify-token.ts'

/** Options of {@link withAuth}. */
export interface AuthOptions extends VerifyBearerTokenOptions {
  /**
   * JSON-RPC methods that need no token. Batches, and requests other than POST, always need one. A token that is sent is
   * verified in any case. If `initialize` is public, OAuth clients never get a 401, and so never sign in.
   * @defaultValue none
   */
  publicMethods?: readonly string[] | undefined
  /**
   * The scopes that operations require. A call without them gets a 403 that names all of them, and lists leave out what
   * the caller may not use. The tasks of a tool require what the tool requires. @defaultValue none
   */
  scopes?: ScopeRules | undefined
  /**
   * Bytes of a request body, if `publicMethods` or `scopes` is set, since `withAuth` reads the body then. A larger body
   * gets 413, whatever the limit of the handler. @defaultValue 4194304
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
 * Requires a bearer token for the requests to a handler. The handler gets the verified identity as `authInfo`: in the
 * factory, in `extra`, and from `getIdentity()`. Other requests get 401 or 403 with a challenge (RFC 6750 §3, RFC 9728
 * §5.1) and do not reach the handler. An `authInfo` that is passed to `fetch` is ignored.
 *
 * @param handler - A Portico handler, or a wrapped one. Its own members are kept, members of a class are not.
 * @param options - See {@link AuthOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, if `verifier` is missing, or if a URL or a scope is
 *   malformed.
 * @throws RangeError if a number is out of range.
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
  const settings = readBearerSettings('withAuth', options, RULES)
  const { publicMethods = [], scopes: rules, maxRequestBodySize = 4 * 1024 * 1024 } = options
  const { scopeHierarchy, requiredScopes } = settings
  const methods = new Set(publicMethods)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    let authInfo: AuthInfo | undefined
    let read: ReadRequest = { request, parsedBody: given.parsedBody }
    let needed: readonly string[] = requiredScopes
    try {
      // The token is verified first: the body of an unknown caller is read only if the method may be public.
      const identified = identifyCaller(request, settings)
      // A promise costs about 1 µs on Node 20 with an AsyncLocalStorage, and a remembered token needs none.
      authInfo = isPromise(identified) ? await identified : identified
      if (!authInfo && methods.size === 0) throw invalidToken('no-token')
      if (methods.size > 0 || rules) read = await readJson(request, given, maxRequestBodySize)
      const isPublic = request.method === 'POST' && methods.has(readMethod(read.parsedBody) ?? '')
      const special = rules ? listOperations(read.parsedBody).flatMap((one) => rules.required(one)) : []
      if (isPublic || special.length > 0) {
        needed = [...new Set([...(isPublic ? [] : requiredScopes), ...special])]
      }
      if (!authInfo && !(isPublic && needed.length === 0)) throw invalidToken('no-token')
      if (authInfo) requireScopes(authInfo, needed, scopeHierarchy)
    } catch (thrown) {
      if (isDocumentRequest(request)) return new Response(null, { status: 404 })
      return thrown instanceof Refusal ? fail(thrown, settings) : refuseRequest(thrown, settings, needed)
    }
    const isOfTasks = rules !== undefined && authInfo !== undefined && concernsTasks(read.parsedBody)
    if (isOfTasks) requireTaskScopes(authInfo as AuthInfo, rules, scopeHierarchy)
    const caller = authInfo && { authInfo, scopeHierarchy }
    const { parsedBody } = read
    const response = await authStorage.run(caller, () =>
      handler.fetch(read.request, changeRequestOptions(given, { authInfo, parsedBody })),
    )
    const missing = isOfTasks ? findMissingTaskScopes(read.request) : undefined
    if (missing) {
      response.body?.cancel().catch(() => {})
      return refuseRequest(insufficientScope(), settings, [...new Set([...requiredScopes, ...missing])])
    }
    // A stream that a GET resumes may repeat a list.
    if (!rules || !(request.method === 'GET' || mayReturnList(parsedBody))) return response
    const granted = authInfo?.scopes ?? []
    try {
      return await filterLists(response, (operation: Operation) =>
        coversScopes(granted, rules.required(operation), scopeHierarchy),
      )
    } catch (thrown) {
      return fail(thrown as Error, settings)
    }
  }

  return wrap(handler, answer)
}

/**
 * Whether a request is for a document of the origin (RFC 8615), which is never an endpoint. Clients request several of
 * them in turn, and stop when they get a challenge instead of a 404.
 */
const isDocumentRequest = ({ method, url }: Request): boolean =>
  method !== 'POST' && new URL(url).pathname.startsWith('/.well-known/')

function fail(error: Error, settings: BearerSettings): Response {
  reportError(error, settings)
  return errorResponse(error)
}

function identifyCaller(
  { headers }: Request,
  settings: BearerSettings,
): AuthInfo | undefined | Promise<AuthInfo> {
  const token = readBearerToken(headers.get('authorization'))
  return token === undefined ? undefined : verifyToken(token, settings)
}
