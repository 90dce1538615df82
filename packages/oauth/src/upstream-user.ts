import * as oauth from 'oauth4webapi'
import type { UpstreamConnection } from './upstream-connection.ts'
import type { UpstreamClaims } from './upstream-provider.ts'

const MAX_USERINFO_LENGTH = 256 * 1024

/**
 * Reads the claims of the user from the ID token and the userinfo endpoint of the identity provider.
 *
 * @param result - The response of the token endpoint.
 * @throws Error if the userinfo endpoint fails, or answers for another user than the ID token.
 */
export async function fetchUpstreamClaims(
  connection: UpstreamConnection,
  metadata: oauth.AuthorizationServer,
  result: oauth.TokenEndpointResponse,
): Promise<UpstreamClaims> {
  const idToken = oauth.getValidatedIdTokenClaims(result)
  if (!metadata.userinfo_endpoint) return { ...idToken }
  const claims = await fetchUserInfo(new URL(metadata.userinfo_endpoint), result.access_token, connection)
  // OpenID Connect Core §5.3.2
  if (idToken && claims.sub !== idToken.sub)
    throw new Error('The userinfo and the ID token have different sub')
  return { ...idToken, ...claims }
}

async function fetchUserInfo(
  url: URL,
  accessToken: string,
  { buildOptions }: UpstreamConnection,
): Promise<UpstreamClaims> {
  const headers = new Headers({ accept: 'application/json', 'user-agent': 'portico' })
  const options = buildOptions(url.href)
  const response = await oauth.protectedResourceRequest(accessToken, 'GET', url, headers, undefined, options)
  if (response.status !== 200) throw new Error(`${url.host} answered with status ${response.status}`)
  const body = await response.text()
  if (body.length > MAX_USERINFO_LENGTH) {
    throw new Error(`${url.host} answered with more than ${MAX_USERINFO_LENGTH} characters`)
  }
  return JSON.parse(body) as UpstreamClaims
}
