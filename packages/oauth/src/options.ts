import type { RateLimitStore, TrustProxy } from '@portico-mcp/guard'
import type { JsonValue } from '@portico-mcp/sessions'
import type { JWK } from 'jose'
import type { Secrets } from './key-ring.ts'
import type { OAuthStore } from './oauth-store.ts'
import type { Lookup } from './public-host.ts'
import type { UpstreamProvider } from './upstream-provider.ts'
import type { User } from './user.ts'

/** What an authorization request is about, told to `authenticate`. */
export interface AuthenticateContext {
  /** Where the browser comes back to once the user has signed in. */
  returnTo: string
  /** The name that the application gives itself. */
  clientName: string
}

/**
 * Says who is at the browser: the user, or the answer that has somebody sign in, such as a redirect to a login
 * page which leads back to `returnTo`. It is asked when the consent page is shown and again when it is answered;
 * the request has the browser's headers, and no body.
 */
export type Authenticate = (
  request: Request,
  context: AuthenticateContext,
) => User | Response | Promise<User | Response>

/** An application that is known beforehand. */
export interface ConfiguredClient {
  clientId: string
  /** At least 32 characters; left out for a public client. */
  clientSecret?: string | undefined
  clientName: string
  redirectUris: readonly string[]
}

/** What is known of an application when it asks for something. */
export interface ClientView {
  clientId: string
  /** The name that it gives itself. */
  clientName: string
  redirectUris: readonly string[]
  /** Known beforehand, registered by itself (RFC 7591), or known by the document at its URL. */
  kind: 'configured' | 'registered' | 'document'
}

/** What is made a claim of an access token besides the registered ones. */
export type TokenMapper = (
  claims: Record<string, JsonValue>,
  context: { user: User; clientId: string; scopes: readonly string[] },
) => Record<string, JsonValue> | Promise<Record<string, JsonValue>>

/** Options of `oauthServer`. */
export interface OAuthServerOptions {
  /** This server's identifier (RFC 8414 §2): https, or http on loopback; its path begins every path. */
  issuer: string
  /** The public URL of the MCP endpoint, or several: what tokens are issued for (RFC 8707). */
  resource: string | URL | readonly (string | URL)[]
  /**
   * A secret of at least 32 characters or bytes, the same on every node, or several: the first is used for what is
   * new, all of them for what is there.
   */
  sessionSecret: Secrets
  /** What the signing key (Ed25519) is derived from, unless `signingKeys` are given. @defaultValue `sessionSecret` */
  jwtSigningSecret?: Secrets | undefined
  /** What encrypts the upstream's tokens and what else is stored. @defaultValue `sessionSecret` */
  jwtEncryptionSecret?: Secrets | undefined
  /** Private keys with `kid` and `alg`; the first signs, the public halves of all are published. */
  signingKeys?: readonly JWK[] | undefined
  /** Where users sign in; a preset, or endpoints. Either this or `authenticate`. */
  upstreamProvider?: UpstreamProvider | undefined
  /** Says who has signed in, where the host has users of its own. */
  authenticate?: Authenticate | undefined
  /** Scopes that are granted; others are left out of what is asked for. @defaultValue none */
  scopesSupported?: readonly string[] | undefined
  /** Seconds that an access token lives. @defaultValue 3600, an hour */
  tokenTTL?: number | undefined
  /** Seconds that a sign-in lasts without being used. @defaultValue 2592000, 30 days */
  refreshTokenTTL?: number | undefined
  /**
   * Seconds in which a refresh token that was used may be used again, unless its successor was: for the same
   * answer. 0 ends the sign-in at any second use. @defaultValue 60
   */
  refreshGracePeriodSeconds?: number | undefined
  /** Whether applications may register themselves (RFC 7591). @defaultValue true */
  enableDCR?: boolean | undefined
  /** Seconds that a registration can be used. @defaultValue 31536000, a year */
  registrationTTLSeconds?: number | undefined
  /** Whether the URL of a document is a client id (Client ID Metadata Documents). @defaultValue true */
  enableCIMD?: boolean | undefined
  /** Applications that are known beforehand. */
  clients?: readonly ConfiguredClient[] | undefined
  /** Whether an application may ask a user, and refresh; false refuses it, and ends its grants as it refreshes. @defaultValue every one may */
  allowClient?: ((client: ClientView) => boolean | Promise<boolean>) | undefined
  /**
   * Private-use schemes that redirect URIs may have, in lower case, such as `com.example.app` or `cursor` (RFC 8252
   * §7.1). `well-known` stands for those of well-known MCP clients: `claude`, `cursor`, `vscode`, `vscode-insiders`,
   * `windsurf`, `zed`, `kiro`, `trae`, `goose`, `warp`, `raycast` and `com.raycast`. Any program on the user's machine
   * can claim a scheme; PKCE keeps a code from being of use to it. @defaultValue none
   */
  allowedRedirectSchemes?: readonly string[] | undefined
  /** Changes the claims of an access token that are the server's own to choose. */
  tokenMapper?: TokenMapper | undefined
  /** Where codes, sign-ins and grants are kept. @defaultValue stores in memory, of this process alone */
  store?: OAuthStore | undefined
  /** Whether `verifier` asks the store if a token's grant was revoked. @defaultValue true */
  checkRevocation?: boolean | undefined
  /** Where what strangers can make the server do is counted. @defaultValue in memory, of this process alone */
  rateLimitStore?: RateLimitStore | undefined
  /** Whose `X-Forwarded-For` counts for it. @defaultValue none are trusted */
  trustProxy?: TrustProxy | undefined
  /** What the consent page calls the service. @defaultValue the issuer's host */
  serviceName?: string | undefined
  /** Where it is documented. */
  documentationUrl?: string | undefined
  /**
   * Resolves the host of an application's document, so that none with a private address is asked.
   * @defaultValue the runtime's resolver; none where it has none, as on Workers
   */
  lookup?: Lookup | undefined
  /**
   * Used for documents of applications and for the upstream. On Node, documents are otherwise asked for at the address
   * that `lookup` gave; a `fetch` of your own resolves the host again.
   * @defaultValue the runtime's
   */
  fetch?: typeof globalThis.fetch | undefined
  /** Hears of refusals (`OAuthServerRefusal`); what it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}
