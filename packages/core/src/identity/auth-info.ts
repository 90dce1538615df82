import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import { isObject } from '../utils/type-guards.ts'
import { type Claims, listScopes, readClaims, subjectOfClaims, toAuthInfo } from './claims.ts'
import { unidentified } from './principal.ts'

/** Whether a value has the shape of the SDK's `AuthInfo`. */
export const isAuthInfo = (value: unknown): value is AuthInfo =>
  isObject(value) &&
  typeof value.token === 'string' &&
  typeof value.clientId === 'string' &&
  Array.isArray(value.scopes)

/**
 * Reads the identity that a host passed as `authInfo`. An `AuthInfo` is returned as the same object. Claims of a
 * verified token, which express-jwt and others leave in `req.auth`, are converted to one.
 *
 * @returns undefined for `undefined` and `null`.
 * @throws Refusal `unidentified-caller` (500) if `given` does not identify a caller; its cause says what was passed.
 */
export function readAuthInfo(given: unknown): AuthInfo | undefined {
  if (given === undefined || given === null) return undefined
  if (isAuthInfo(given)) {
    const { token, clientId } = given
    const isNamed = token !== '' || (clientId !== '' && !isObject(given.extra?.claims))
    if (isNamed || subjectOfClaims(readClaims(given))) return given
    throw unidentified(given)
  }
  if (!isObject(given)) throw unidentified(given)
  const authInfo = understand(given)
  if (authInfo.token === '' && !subjectOfClaims(readClaims(authInfo))) throw unidentified(given)
  return authInfo
}

/** Claims alone, or with their token beside them. */
function understand(given: Claims): AuthInfo {
  const { token, payload, claims, extra, scopes, clientId } = given
  const beside = [payload, claims, extra].find(isObject)
  const read = toAuthInfo(typeof token === 'string' ? token : '', beside ?? given)
  return {
    ...read,
    ...(typeof clientId === 'string' && clientId !== '' && { clientId }),
    ...(scopes !== undefined && { scopes: listScopes(given) }),
    ...(beside === extra && isObject(extra) && { extra }),
  }
}

/** Returns the options of a request with their `authInfo` read by {@link readAuthInfo}. */
export function identified(options: McpHandlerRequestOptions): McpHandlerRequestOptions {
  if (options.authInfo === undefined) return options
  const authInfo = readAuthInfo(options.authInfo)
  return authInfo === options.authInfo ? options : { ...options, authInfo }
}
