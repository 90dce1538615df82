import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  logFailure,
  optionRules,
  type Rule,
  type Rules,
  reporter,
  validateOptions,
} from '@portico-mcp/core/internal'
import { localhostAllowedHostnames } from '@portico-mcp/guard'
import type { DashboardAudits } from './audit-types.ts'

/** A session that the page shows. */
export interface DashboardSession {
  /** Identifies the session. It must not be the session id, which is a secret of the client. */
  id: string
  /** Milliseconds since the epoch. */
  openedAt: number
  /** When it was last used, in milliseconds since the epoch. */
  usedAt: number
  /** Name and version of the client, as it sent them. */
  client?: { name: string; version: string }
  /** The negotiated protocol version. */
  protocolVersion?: string
  /** Whether a call is in progress or a stream is open. */
  busy?: boolean
}

/** Lists and ends sessions. The `sessions()` of `@portico-mcp/sessions` implements it. */
export interface DashboardSessions {
  list(): readonly DashboardSession[] | Promise<readonly DashboardSession[]>
  /** @returns false if the session does not exist or cannot be ended. */
  end(id: string): boolean | Promise<boolean>
}

/** Decides whether a request may see the dashboard, or responds itself, such as with a redirect to a login. */
export type Authorize = (
  request: Request,
  options: McpHandlerRequestOptions,
) => boolean | Response | Promise<boolean | Response>

/** Options of `withDashboard`. */
export interface DashboardOptions {
  /** The path of the MCP endpoint. @defaultValue '/mcp' */
  path?: string | undefined
  /** More paths of the endpoint. @defaultValue none */
  aliases?: readonly string[] | undefined
  /** The path of the page's assets and API. @defaultValue '/_dashboard' */
  prefix?: string | undefined
  /** Sessions that the page lists and ends. @defaultValue none: the page has no sessions tab */
  sessions?: DashboardSessions | undefined
  /**
   * Decides who may see the dashboard, instead of the secret in its URL. It is called before each response, and has to
   * identify people by a cookie or by headers of a proxy, since browsers send no token when they open a page.
   * @defaultValue requests from this machine with the secret; with `NODE_ENV=production` the dashboard is off
   */
  authorize?: Authorize | undefined
  /**
   * The secret in the URL of the page: 32 to 256 characters of `A-Z a-z 0-9 - _`. Set it if several processes serve the
   * page, or to keep the URL after a restart. @defaultValue random for each process
   */
  key?: string | undefined
  /**
   * Responds to requests below `prefix` that may not see the dashboard. Respond as to any unknown path, so that the
   * dashboard cannot be detected. @defaultValue an empty 404
   */
  notFound?:
    | ((request: Request, options: McpHandlerRequestOptions) => Response | Promise<Response>)
    | undefined
  /** Hostnames that the dashboard is served at. Hostnames other than loopback require `authorize`. @defaultValue `localhostAllowedHostnames()` */
  allowedHosts?: readonly string[] | undefined
  /**
   * Issuers, or other origins, that the page may send requests to for signing in. @defaultValue the issuers in the
   * handler's protected resource metadata (RFC 9728)
   */
  authorizationServers?: readonly string[] | undefined
  /** Requests that are kept. 0 records nothing. @defaultValue 200 */
  maxRecords?: number | undefined
  /** Characters that are kept of one body. @defaultValue 65536 */
  maxRecordedBodyLength?: number | undefined
  /** Characters that are kept of all bodies. @defaultValue 4194304 */
  maxRecordedTotalLength?: number | undefined
  /** Pages that may show the traffic at the same time. More get 503. @defaultValue 16 */
  maxFeeds?: number | undefined
  /**
   * Loads `@portico-mcp/audits`, so that the page can run the audits against the handler: `() =>
   * import('@portico-mcp/audits')`. They call tools. @defaultValue none: the page has no audits tab
   */
  audits?: (() => Promise<DashboardAudits>) | undefined
  /** Is called with the error if a function in these options throws. The request gets 500. @defaultValue `console.error` */
  onerror?: ((error: Error) => void) | undefined
}

export interface Settings extends Omit<DashboardOptions, 'onerror'> {
  path: string
  aliases: readonly string[]
  prefix: string
  allowedHosts: readonly string[]
  notFound: NonNullable<DashboardOptions['notFound']>
  /** Whether the dashboard is off: requests are passed on, and nothing is recorded. */
  isOff: boolean
  maxRecords: number
  maxRecordedBodyLength: number
  maxRecordedTotalLength: number
  maxFeeds: number
  /** Calls `onerror`. */
  report(thrown: unknown): void
}

const DEFAULTS = {
  path: '/mcp',
  aliases: [],
  prefix: '/_dashboard',
  maxRecords: 200,
  maxRecordedBodyLength: 65_536,
  maxRecordedTotalLength: 4_194_304,
  maxFeeds: 16,
} as const

const KEY = /^[\w-]{32,256}$/
const PATH = /^\/[\w.~/-]*$/

const path: Rule = {
  allowed: 'a path such as "/mcp"',
  isAllowed: (value) => typeof value === 'string' && PATH.test(value),
  error: TypeError,
}

const RULES: Rules<keyof DashboardOptions> = {
  path,
  aliases: optionRules.listOf(path, 'paths such as "/mcp"'),
  prefix: {
    ...path,
    allowed: 'the path of a folder, without a slash at its end, such as "/_dashboard"',
    isAllowed: (value) => path.isAllowed(value) && /.[^/]$/.test(value as string),
  },
  sessions: optionRules.objectWith('list', 'end'),
  authorize: optionRules.callback,
  key: optionRules.secret({
    allowed: '32 to 256 characters of A-Z, a-z, 0-9, "-" and "_"',
    isAllowed: (value) => typeof value === 'string' && KEY.test(value),
    error: TypeError,
  }),
  notFound: optionRules.callback,
  allowedHosts: optionRules.texts,
  authorizationServers: optionRules.texts,
  maxRecords: optionRules.integerFrom(0),
  maxRecordedBodyLength: optionRules.integerFrom(0, Number.MAX_SAFE_INTEGER, 'characters'),
  maxRecordedTotalLength: optionRules.integerFrom(0, Number.MAX_SAFE_INTEGER, 'characters'),
  maxFeeds: optionRules.integerFrom(0),
  audits: optionRules.callback,
  onerror: optionRules.callback,
}

/**
 * Reads the options of `withDashboard`.
 *
 * @throws TypeError for an unknown option, a value of the wrong type, or a host that needs `authorize`.
 * @throws RangeError for a number out of range.
 */
export function readOptions(options: DashboardOptions): Settings {
  validateOptions('withDashboard', options, RULES)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const settings: Settings = {
    ...DEFAULTS,
    allowedHosts: localhostAllowedHostnames(),
    notFound: () => new Response(null, { status: 404 }),
    isOff: options.authorize === undefined && isProduction(),
    ...given,
    report: reporter(options.onerror ?? logFailure),
  }
  const strange = settings.allowedHosts.find((host) => !localhostAllowedHostnames().includes(host))
  if (strange !== undefined && !settings.authorize) {
    throw new TypeError(
      `withDashboard: allowedHosts must be loopback hostnames without authorize (got "${strange}")`,
    )
  }
  return settings
}

function isProduction(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  try {
    return process?.env?.NODE_ENV === 'production'
  } catch {
    // Deno throws without permission to read the environment
    return false
  }
}
