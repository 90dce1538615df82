import {
  type OAuthServer,
  type OAuthServerOptions as OAuthServerSettings,
  oauthServer,
} from '@portico-mcp/oauth'
import { invalidOption, withOptionErrors } from './http-server-error.ts'

/** How tokens are issued. The issuer is the origin of the endpoint; the tokens are for the endpoint. */
export type OAuthServerOptions = Omit<OAuthServerSettings, 'issuer' | 'resource'>

const OPTION = 'auth.oauthServerOptions'

/**
 * Creates the authorization server of `auth.enableOAuthServer`.
 *
 * @param where - `issuer`, the origin at which clients find it, and `resource`, which its tokens are issued for.
 * @throws HTTPServerError if the options are missing or invalid.
 */
export function createOAuthServer(
  options: OAuthServerOptions | undefined,
  where: Pick<OAuthServerSettings, 'issuer' | 'resource'>,
): OAuthServer {
  if (!options) throw invalidOption(OPTION, 'say how tokens are issued: sessionSecret, and who signs in')
  return withOptionErrors(OPTION, () => oauthServer({ ...options, ...where }))
}
