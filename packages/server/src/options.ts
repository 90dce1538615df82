import type { ServerOptions as TlsOptions } from 'node:https'
import type { AuthOptions, OAuthTokenVerifier } from '@portico-mcp/auth'
import type { CreateMcpHandlerOptions, ServerEventBus } from '@portico-mcp/core'
import type { Authorize } from '@portico-mcp/dashboard'
import type {
  AllowedHost,
  AllowedOrigins,
  CorsOptions,
  RateLimitOptions,
  TrustProxy,
} from '@portico-mcp/guard'
import type { EncryptedSessionIds, EventStore, SessionBus, SessionStore } from '@portico-mcp/sessions'
import type { TelemetryOptions } from '@portico-mcp/telemetry'
import type { Logger } from './logger.ts'
import type { OAuthServerOptions } from './oauth-server.ts'

/** Which pages may call, and read the answers. */
export interface HTTPServerCorsOptions
  extends Pick<CorsOptions, 'credentials' | 'allowedHeaders' | 'exposedHeaders' | 'maxAgeSeconds'> {
  /** One origin or several, such as `https://app.example.com`; `*` for every page. @defaultValue '*' */
  origin?: string | readonly string[] | undefined
}

/** Who may call. Without a token that it accepts, nobody does. */
export interface HTTPServerAuthOptions
  extends Pick<
    AuthOptions,
    'requiredScopes' | 'scopes' | 'scopeHierarchy' | 'publicMethods' | 'requireExpiry'
  > {
  /**
   * What tokens are issued for (RFC 8707): the public URL of the endpoint, or of its origin. @defaultValue
   * that of `publicUrl`; on this machine, where the server listens
   */
  resource?: string | URL | undefined
  /** Issuers of the tokens, advertised in the metadata (RFC 9728). */
  authorizationServers?: readonly string[] | undefined
  /**
   * Verifies tokens; of several, one that accepts is enough. @defaultValue the JWTs of
   * `authorizationServers`, whose documents and keys are discovered
   */
  verifier?: OAuthTokenVerifier | readonly OAuthTokenVerifier[] | undefined
  /** Scopes that clients ask for at first. @defaultValue `requiredScopes` */
  scopesSupported?: readonly string[] | undefined
  /** Where the server is documented. */
  documentationUrl?: string | URL | undefined
  /** Issues tokens here, too. @defaultValue false */
  enableOAuthServer?: boolean | undefined
  /** How tokens are issued here; see `enableOAuthServer`. */
  oauthServerOptions?: OAuthServerOptions | undefined
}

/** What is measured and traced. */
export interface HTTPServerTelemetryOptions extends TelemetryOptions {
  /**
   * Serves metrics as Prometheus text at `GET /metrics`, to everyone or to who sends a bearer token. It
   * takes `@opentelemetry/exporter-prometheus` and `@opentelemetry/sdk-metrics`. @defaultValue false
   */
  metrics?: boolean | { token: string } | undefined
}

/** Options of `createHTTPServer`, and those of `createMcpHandler`. */
export interface HTTPServerOptions extends Omit<CreateMcpHandlerOptions, 'legacy' | 'bus'> {
  /** Where to listen, 1 to 65535; 0 for any free port. If the port is taken, the next free one is used (up to 20 attempts). @defaultValue 3001 */
  port?: number | undefined
  /** The address to listen on, as `listen` takes it. @defaultValue '127.0.0.1' */
  host?: string | undefined
  /** The path of the MCP endpoint. @defaultValue '/mcp' */
  path?: string | undefined
  /** Further paths of the endpoint. @defaultValue none */
  aliases?: readonly string[] | undefined
  /**
   * Lets pages of other origins call and read: `true` those of every origin, without credentials.
   * @defaultValue false
   */
  cors?: boolean | HTTPServerCorsOptions | undefined
  /** Logs requests and what is refused; errors are logged in any case. @defaultValue false, or true with a `logger` */
  logging?: boolean | undefined
  /** Where log lines go. @defaultValue pino on stdout, JSON, secrets left out */
  logger?: Logger | undefined
  /** Serves 2025-era clients one request at a time; `false` gives them sessions. @defaultValue true */
  stateless?: boolean | undefined
  /**
   * Milliseconds without a request until a session ends; with `stateless: false`.
   * @defaultValue the `ttlMs` (`ttlSeconds`) that `sessionStore` was given, else 1800000
   */
  sessionTimeout?: number | undefined
  /** Where sessions are kept; with `stateless: false`. @defaultValue in memory */
  sessionStore?: SessionStore | EncryptedSessionIds | undefined
  /** Keeps the events of streams, so that they can be resumed; with `stateless: false`. @defaultValue none */
  eventStore?: EventStore | undefined
  /**
   * Refuses (400) requests of a session without `MCP-Protocol-Version`, from 2025-06-18 on; with `stateless: false`.
   * @defaultValue false
   */
  requireProtocolVersion?: boolean | undefined
  /** Carries changes, and what nodes that share a `sessionStore` tell each other. @defaultValue within this process */
  bus?: ServerEventBus | (ServerEventBus & SessionBus) | undefined
  /**
   * Serves the dashboard to browsers that open `dashboardUrl`. @defaultValue true, unless something says that the
   * server is public: `publicUrl`, `trustProxy`, `auth`, a `host` or `allowedHosts` other than this machine's, or
   * `NODE_ENV=production`. Then `true` takes `authorize`
   */
  dashboard?: boolean | undefined
  /**
   * Who may see the dashboard, in place of the secret in `dashboardUrl`: true for who may, false or an answer of its
   * own (such as the way to a login) for others. @defaultValue who has the secret, on this machine
   */
  authorize?: Authorize | undefined
  /** Asks for bearer tokens. @defaultValue everyone who reaches the server may call */
  auth?: HTTPServerAuthOptions | undefined
  /** The hostnames that are served, besides that of `publicUrl`. @defaultValue on this machine its own; elsewhere any, with a warning */
  allowedHosts?: readonly AllowedHost[] | undefined
  /** The pages that may call, besides those of `publicUrl`. @defaultValue those of this machine, and those of `cors` */
  allowedOrigins?: AllowedOrigins | undefined
  /** Where clients find the endpoint; without a path, `path` is meant. @defaultValue where it listens */
  publicUrl?: string | URL | undefined
  /** Whose forwarded headers and request ids count. @defaultValue none are trusted */
  trustProxy?: TrustProxy | undefined
  /** Serves each client no faster than a token bucket allows; `true` for 100 at once and 10 a second. @defaultValue false */
  rateLimit?: boolean | Omit<RateLimitOptions, 'trustProxy' | 'onerror'> | undefined
  /** Serves https with a key and a certificate, as `https.createServer` takes them. @defaultValue http */
  tls?: TlsOptions | undefined
  /** Stops on SIGINT and SIGTERM, and ends the process. @defaultValue true */
  signals?: boolean | undefined
  /** Milliseconds for which calls in flight may go on when the server stops. @defaultValue 10000 */
  drainTimeoutMs?: number | undefined
  /**
   * Milliseconds for which a connection without a request stays open: more than the idle timeout of a load balancer in
   * front (AWS ALB: 60 seconds), which would otherwise send requests on connections that have just been closed (502).
   * 0 keeps them open. @defaultValue 65000
   */
  keepAliveTimeoutMs?: number | undefined
  /**
   * Milliseconds for a request to arrive whole, its body included; one that does not is answered 408, and its
   * connection is closed. @defaultValue 120000
   */
  receiveTimeoutMs?: number | undefined
  /** Spans and metrics, with the OpenTelemetry SDK that is registered. @defaultValue true, which costs nothing without one */
  telemetry?: boolean | HTTPServerTelemetryOptions | undefined
}
