import {
  type OAuthServer,
  type OAuthServerOptions as OAuthServerSettings,
  oauthServer,
} from '@portico-mcp/oauth'
import { invalidOption, reading } from './http-server-error.ts'

/** How tokens are issued; the issuer is the origin of the endpoint, and what they are for is the endpoint. */
export type OAuthServerOptions = Omit<OAuthServerSettings, 'issuer' | 'resource'>

const OPTION = 'auth.oauthServerOptions'

/**
 * Opens the authorization server of `auth.enableOAuthServer`.
 *
 * @param issuer - The origin that clients find it at.
 * @param resource - What its tokens are for.
 */
export function openOAuthServer(
  options: OAuthServerOptions | undefined,
  where: Pick<OAuthServerSettings, 'issuer' | 'resource'>,
): OAuthServer {
  if (!options) throw invalidOption(OPTION, 'say how tokens are issued: sessionSecret, and who signs in')
  return reading(OPTION, () => oauthServer({ ...options, ...where }))
}
