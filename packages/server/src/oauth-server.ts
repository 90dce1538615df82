import type { OAuthTokenVerifier } from '@portico-mcp/auth'
import type { FetchHandler } from '@portico-mcp/core'
import { HTTPServerError } from './http-server-error.ts'

/** Where users sign in. */
export interface UpstreamProvider {
  /** A name for it, such as `github`. */
  id: string
  authorizationEndpoint: string
  tokenEndpoint: string
  userInfoEndpoint?: string
  clientId: string
  clientSecret: string
  scopes?: readonly string[]
}

/** How tokens are issued. */
export interface OAuthServerOptions {
  /** Signs what is kept by clients, at least 32 characters. */
  sessionSecret: string
  /** Signs tokens. @defaultValue `sessionSecret` */
  jwtSigningSecret?: string
  /** Encrypts what tokens carry of the upstream provider. */
  jwtEncryptionSecret?: string | Uint8Array
  /** Seconds until a token ends. @defaultValue 3600 */
  tokenTTL?: number
  /** Lets clients register themselves (RFC 7591). */
  enableDCR?: boolean
  /** Where users sign in. */
  upstreamProvider?: UpstreamProvider
}

/** An authorization server on the origin of the endpoint: serves authorize, token, register and its document. */
export interface OAuthServer extends FetchHandler {
  /** Exactly what its tokens and its document say. */
  issuer: string
  /** Accepts its tokens. */
  verifier: OAuthTokenVerifier
  /** Whether a request is for one of its paths. */
  owns(request: Request): boolean
}

/**
 * Opens the authorization server of `auth.enableOAuthServer`.
 *
 * @param issuer - The origin that clients find it at.
 * @param resource - What its tokens are for.
 */
export function openOAuthServer(
  _options: OAuthServerOptions | undefined,
  _where: { issuer: string; resource: URL },
): OAuthServer {
  throw new HTTPServerError(
    'oauth-server-unavailable',
    'auth.enableOAuthServer is not available: name an authorization server in auth.authorizationServers',
    { option: 'auth.enableOAuthServer' },
  )
}
