import type { ServerOptions as TlsOptions } from 'node:https'
import type { AuthOptions, OAuthTokenVerifier } from '@portico-mcp/auth'
import type { CreateMcpHandlerOptions, ServerEventBus } from '@portico-mcp/core'
import type { Authorize, DashboardAudits } from '@portico-mcp/dashboard'
import type {
  AllowedHost,
  AllowedOrigins,
  CorsOptions,
  RateLimitOptions,
  TrustProxy,
} from '@portico-mcp/guard'
import type { EncryptedSessionIds, EventStore, SessionBus, SessionStore } from '@portico-mcp/sessions'
import type { TasksOptions } from '@portico-mcp/tasks'
import type { TelemetryOptions } from '@portico-mcp/telemetry'
import type { Logger } from './logger.ts'
import type { OAuthServerOptions } from './oauth-server.ts'

/** Which web pages may send requests and read responses. */
export interface HTTPServerCorsOptions
  extends Pick<CorsOptions, 'credentials' | 'allowedHeaders' | 'exposedHeaders' | 'maxAgeSeconds'> {
  /** One or more origins, such as `https://app.example.com`, or `*` for all. @defaultValue '*' */
  origin?: string | readonly string[] | undefined
}

/** Which bearer tokens are accepted. Requests without one get 401. */
export interface HTTPServerAuthOptions
  extends Pick<
    AuthOptions,
    'requiredScopes' | 'scopes' | 'scopeHierarchy' | 'publicMethods' | 'requireExpiry'
  > {
  /**
   * The resource that tokens are issued for (RFC 8707): the public URL of the endpoint, or its origin.
   * @defaultValue `publicUrl`; on a loopback address, the URL that the server listens at
   */
  resource?: string | URL | undefined
  /** Issuers of tokens, which the metadata names to clients (RFC 9728). */
  authorizationServers?: readonly string[] | undefined
  /**
   * Verifies tokens. Of several verifiers, one has to accept a token. @defaultValue JWTs of `authorizationServers`
   * are verified; documents and keys are discovered
   */
  verifier?: OAuthTokenVerifier | readonly OAuthTokenVerifier[] | undefined
  /** Scopes that clients should request first. @defaultValue `requiredScopes` */
  scopesSupported?: readonly string[] | undefined
  /** The URL of the server's documentation. */
  documentationUrl?: string | URL | undefined
  /** Whether this server also issues tokens. @defaultValue false */
  enableOAuthServer?: boolean | undefined
  /** How tokens are issued, with `enableOAuthServer`. */
  oauthServerOptions?: OAuthServerOptions | undefined
}

/** What is traced and measured. */
export interface HTTPServerTelemetryOptions extends TelemetryOptions {
  /**
   * Serves metrics as Prometheus text at `GET /metrics`: to everyone, or to requests with a bearer token of 16
   * characters or more. Requires `@opentelemetry/exporter-prometheus` and `@opentelemetry/sdk-metrics`.
   * @defaultValue false
   */
  metrics?: boolean | { token: string } | undefined
}

/** Options of `createHTTPServer`, besides those of `createMcpHandler`. */
export interface HTTPServerOptions extends Omit<CreateMcpHandlerOptions, 'legacy' | 'bus'> {
  /**
   * The port to listen on, 1 to 65535, or 0 for any free port. If it is taken, the next free one is used (up to 20
   * attempts). @defaultValue 3001
   */
  port?: number | undefined
  /** The address to listen on, as `listen` takes it. @defaultValue '127.0.0.1' */
  host?: string | undefined
  /** The path of the MCP endpoint. @defaultValue '/mcp' */
  path?: string | undefined
  /** More paths of the endpoint. @defaultValue none */
  aliases?: readonly string[] | undefined
  /**
   * Lets web pages of other origins send requests and read responses. `true` allows all origins, without credentials.
   * @defaultValue false
   */
  cors?: boolean | HTTPServerCorsOptions | undefined
  /** Whether requests and refusals are logged. Errors are always logged. @defaultValue false; true with a `logger` */
  logging?: boolean | undefined
  /** Writes log lines. @defaultValue pino, which writes JSON to stdout without secrets */
  logger?: Logger | undefined
  /** Whether each request of a 2025-era client is served by itself. `false` gives these clients sessions. @defaultValue true */
  stateless?: boolean | undefined
  /**
   * Milliseconds without a request after which a session ends, with `stateless: false`.
   * @defaultValue the `ttlMs` (`ttlSeconds`) of `sessionStore`, otherwise 1800000
   */
  sessionTimeout?: number | undefined
  /** Stores sessions, with `stateless: false`. @defaultValue in memory */
  sessionStore?: SessionStore | EncryptedSessionIds | undefined
  /** Stores the events of streams, so that clients can resume them, with `stateless: false`. @defaultValue none */
  eventStore?: EventStore | undefined
  /**
   * Whether requests of a session without `MCP-Protocol-Version` get 400, from 2025-06-18 on, with `stateless: false`.
   * @defaultValue false
   */
  requireProtocolVersion?: boolean | undefined
  /** Carries change notifications, and messages between nodes that share a `sessionStore`. @defaultValue in this process */
  bus?: ServerEventBus | (ServerEventBus & SessionBus) | undefined
  /**
   * Lets calls outlive their connection (2026-07-28 tasks, 2025-11-25 tasks). `true` makes a call of a client that can
   * handle tasks one after 10 seconds. @defaultValue false
   */
  tasks?: boolean | TasksOptions | undefined
  /**
   * Whether browsers that open `dashboardUrl` get the dashboard. A public server needs `authorize` as well.
   * @defaultValue true, unless the server is public: with `publicUrl`, `trustProxy`, `auth`, a `host` or `allowedHosts`
   * that is not loopback, or `NODE_ENV=production`
   */
  dashboard?: boolean | undefined
  /**
   * Loads `@portico-mcp/audits`, so that the dashboard can run the audits: `() => import('@portico-mcp/audits')`. They
   * call tools. @defaultValue none
   */
  audits?: (() => Promise<DashboardAudits>) | undefined
  /**
   * Decides who may see the dashboard, instead of the secret in `dashboardUrl`. Return true to allow, or false or a
   * `Response` (such as a redirect to a login) to refuse. @defaultValue requests from this machine with the secret
   */
  authorize?: Authorize | undefined
  /** Requires bearer tokens. @defaultValue everyone who can reach the server may send requests */
  auth?: HTTPServerAuthOptions | undefined
  /** Hostnames that are served, besides that of `publicUrl`. @defaultValue those of this machine; with another `host`, any, with a warning */
  allowedHosts?: readonly AllowedHost[] | undefined
  /** Web pages that may send requests, besides those of `publicUrl`. @defaultValue those of this machine and of `cors` */
  allowedOrigins?: AllowedOrigins | undefined
  /** The URL of the endpoint for clients. If it has no path, `path` is used. @defaultValue the URL that it listens at */
  publicUrl?: string | URL | undefined
  /** Proxies whose forwarded headers and request ids are trusted. @defaultValue none */
  trustProxy?: TrustProxy | undefined
  /** Limits requests of each client by a token bucket. `true` allows bursts of 100 and 10 per second. @defaultValue false */
  rateLimit?: boolean | Omit<RateLimitOptions, 'trustProxy' | 'onerror'> | undefined
  /** Serves HTTPS, with the options of `https.createServer`, such as `key` and `cert`. @defaultValue HTTP */
  tls?: TlsOptions | undefined
  /** Whether SIGINT and SIGTERM stop the server and end the process. @defaultValue true */
  signals?: boolean | undefined
  /** Milliseconds that calls in flight get when the server stops. @defaultValue 10000 */
  drainTimeoutMs?: number | undefined
  /**
   * Milliseconds that an idle connection stays open, or 0 for no limit. Use more than the idle timeout of a load
   * balancer in front (AWS ALB: 60 seconds). It would otherwise send requests on connections that have just been closed,
   * and answer 502. @defaultValue 65000
   */
  keepAliveTimeoutMs?: number | undefined
  /**
   * Milliseconds within which a request with its body has to arrive. A slower one gets 408, and its connection is
   * closed. @defaultValue 120000
   */
  receiveTimeoutMs?: number | undefined
  /** Records spans and metrics with the registered OpenTelemetry SDK, if there is one. @defaultValue true */
  telemetry?: boolean | HTTPServerTelemetryOptions | undefined
}
