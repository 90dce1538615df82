import type { RateLimitStore, TrustProxy } from '@portico-mcp/guard'
import type { JsonValue } from '@portico-mcp/sessions'
import type { JWK } from 'jose'
import type { Secrets } from './key-ring.ts'
import type { OAuthStore } from './oauth-store.ts'
import type { Lookup } from './public-host.ts'
import type { UpstreamProvider } from './upstream-provider.ts'
import type { User } from './user.ts'

/** The authorization request that `authenticate` is called for. */
export interface AuthenticateContext {
  /** The URL to send the browser to after the user has signed in. */
  returnTo: string
  /** The name that the application has chosen for itself. */
  clientName: string
}

/**
 * Returns the user who is signed in, or a response that asks the user to sign in, such as a redirect to a login page that
 * leads back to `returnTo`. It is called when the consent page is shown, and again when it is answered. The request has
 * the headers of the browser, and no body.
 */
export type Authenticate = (
  request: Request,
  context: AuthenticateContext,
) => User | Response | Promise<User | Response>

/** A client (application) with a configured id. */
export interface ConfiguredClient {
  clientId: string
  /** At least 32 characters. Leave it out for a public client. */
  clientSecret?: string | undefined
  /** The name on the consent page. */
  clientName: string
  /** The redirect URIs that the client may use, at least one. */
  redirectUris: readonly string[]
}

/** A client, as `allowClient` gets it. */
export interface ClientView {
  clientId: string
  /** The name that the client has chosen for itself, unless it is configured. */
  clientName: string
  redirectUris: readonly string[]
  /** Whether the client is configured, has registered (RFC 7591), or is described by the document at its URL. */
  kind: 'configured' | 'registered' | 'document'
}

/** Returns the claims of an access token, apart from those that RFC 9068 defines. */
export type TokenMapper = (
  claims: Record<string, JsonValue>,
  context: { user: User; clientId: string; scopes: readonly string[] },
) => Record<string, JsonValue> | Promise<Record<string, JsonValue>>

/** Options of `oauthServer`. */
export interface OAuthServerOptions {
  /** The identifier of the server (RFC 8414 §2): https, or http on loopback. All paths begin with its path. */
  issuer: string
  /** The public URL of the MCP endpoint, or several. Access tokens are issued for one of them (RFC 8707). */
  resource: string | URL | readonly (string | URL)[]
  /**
   * A secret of at least 32 characters or bytes, the same on every node, or several. The first one signs and encrypts,
   * all of them verify and decrypt.
   */
  sessionSecret: Secrets
  /** The secret that the signing key (Ed25519) is derived from, unless there are `signingKeys`. @defaultValue `sessionSecret` */
  jwtSigningSecret?: Secrets | undefined
  /** The secret that encrypts the records in the store. @defaultValue `sessionSecret` */
  jwtEncryptionSecret?: Secrets | undefined
  /** Private keys with `alg`, and with a `kid` or its thumbprint. The first one signs, the public keys of all are published. */
  signingKeys?: readonly JWK[] | undefined
  /** The identity provider where users sign in: a preset, or endpoints. Set either this or `authenticate`. */
  upstreamProvider?: UpstreamProvider | undefined
  /** Identifies the user, if the application has users of its own. Set either this or `upstreamProvider`. */
  authenticate?: Authenticate | undefined
  /** The scopes that can be granted. Other requested scopes are ignored. @defaultValue none */
  scopesSupported?: readonly string[] | undefined
  /** Seconds that an access token is valid. @defaultValue 3600, an hour */
  tokenTTL?: number | undefined
  /** Seconds that a refresh token can be used, counted from the last refresh. @defaultValue 2592000, 30 days */
  refreshTokenTTL?: number | undefined
  /**
   * Seconds in which a used refresh token may be used again with the same result, unless its successor has been used. 0
   * revokes the grant at any second use. @defaultValue 60
   */
  refreshGracePeriodSeconds?: number | undefined
  /** Whether clients may register themselves (RFC 7591). @defaultValue true */
  enableDCR?: boolean | undefined
  /** Seconds that a registration can be used. @defaultValue 31536000, a year */
  registrationTTLSeconds?: number | undefined
  /** Whether a client id may be the URL of a client metadata document. @defaultValue true */
  enableCIMD?: boolean | undefined
  /** Configured clients. @defaultValue none */
  clients?: readonly ConfiguredClient[] | undefined
  /**
   * Whether a client may request authorization, and refresh. If it returns false for a client that refreshes, its grant is
   * revoked. @defaultValue all clients may
   */
  allowClient?: ((client: ClientView) => boolean | Promise<boolean>) | undefined
  /**
   * Private-use schemes that redirect URIs may have, in lower case, such as `com.example.app` or `cursor` (RFC 8252
   * §7.1). `well-known` stands for the schemes of well-known MCP clients: `claude`, `cursor`, `vscode`, `vscode-insiders`,
   * `windsurf`, `zed`, `kiro`, `trae`, `goose`, `warp`, `raycast` and `com.raycast`. Any program on the user's machine
   * can claim a scheme; PKCE makes a stolen code useless to it. @defaultValue none
   */
  allowedRedirectSchemes?: readonly string[] | undefined
  /** Changes the claims of access tokens, apart from those that RFC 9068 defines. @defaultValue the claims of the user */
  tokenMapper?: TokenMapper | undefined
  /** The store of codes, sign-ins and grants. @defaultValue stores in the memory of this process */
  store?: OAuthStore | undefined
  /** Whether `verifier` looks up in the store if a token's grant is revoked. @defaultValue true */
  checkRevocation?: boolean | undefined
  /** The store of rate limits. @defaultValue a store in the memory of this process */
  rateLimitStore?: RateLimitStore | undefined
  /** The proxies whose `X-Forwarded-For` is used for rate limits. @defaultValue none */
  trustProxy?: TrustProxy | undefined
  /** The name of the service on the consent page. @defaultValue the host of the issuer */
  serviceName?: string | undefined
  /** The URL of the documentation, for the metadata. @defaultValue none */
  documentationUrl?: string | undefined
  /**
   * Resolves the host of a client metadata document to its addresses, so that documents at private addresses are refused.
   * @defaultValue the resolver of the runtime; Workers have none
   */
  lookup?: Lookup | undefined
  /**
   * Fetches client metadata documents and calls the identity provider. Without this option, Node connects to the address
   * that `lookup` returned; a `fetch` of your own resolves the host again. @defaultValue the `fetch` of the runtime
   */
  fetch?: typeof globalThis.fetch | undefined
  /** Called with every refusal, an `OAuthServerRefusal`. Its own errors are ignored. */
  onerror?: ((error: Error) => void) | undefined
}
