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

/** A session as the page shows it. */
export interface DashboardSession {
  /** What tells it from others; not the session id, which is a secret of its client. */
  id: string
  /** Milliseconds of the clock. */
  openedAt: number
  /** Milliseconds of the clock when it was last used. */
  usedAt: number
  /** What the client calls itself. */
  client?: { name: string; version: string }
  /** The negotiated revision. */
  protocolVersion?: string
  /** Whether something runs or is open in it. */
  busy?: boolean
}

/** The sessions that the page lists and ends; what `sessions()` of `@portico-mcp/sessions` returns is one. */
export interface DashboardSessions {
  list(): readonly DashboardSession[] | Promise<readonly DashboardSession[]>
  /** False where there is none of this id, or it cannot be ended. */
  end(id: string): boolean | Promise<boolean>
}

/** Says whether somebody may see the dashboard, or answers in its place (a challenge, a way to a login). */
export type Authorize = (
  request: Request,
  options: McpHandlerRequestOptions,
) => boolean | Response | Promise<boolean | Response>

/** Options of `withDashboard`. */
export interface DashboardOptions {
  /** Path of the MCP endpoint. @defaultValue '/mcp' */
  path?: string | undefined
  /** Further paths of the same endpoint. @defaultValue none */
  aliases?: readonly string[] | undefined
  /** Path below which the page has its assets and its API. @defaultValue '/_dashboard' */
  prefix?: string | undefined
  /** The sessions to list and to end. @defaultValue none: the page has no such tab */
  sessions?: DashboardSessions | undefined
  /**
   * Who may see the dashboard, asked before anything of it is served, in place of the secret in its address; it must
   * know people by what their browser sends (a cookie, a login that a proxy vouches for). @defaultValue who opens
   * `dashboardUrl` on this machine; with `NODE_ENV=production` the dashboard is off
   */
  authorize?: Authorize | undefined
  /**
   * The secret in the address of the page, at least 32 characters of `A-Z a-z 0-9 - _`: give one to processes that
   * serve one page together, or to keep the address over restarts. @defaultValue random for each process
   */
  key?: string | undefined
  /**
   * Answers requests below `prefix` of those who may not see the dashboard: as any other unknown path, so that they
   * cannot find out that it is there. @defaultValue an empty 404
   */
  notFound?:
    | ((request: Request, options: McpHandlerRequestOptions) => Response | Promise<Response>)
    | undefined
  /** The hostnames that it is served under; others than this machine's take `authorize`. @defaultValue `localhostAllowedHostnames()` */
  allowedHosts?: readonly string[] | undefined
  /**
   * Issuers, or other origins, that the page may talk to in order to sign in. @defaultValue the issuers that the
   * handler's own protected resource metadata (RFC 9728) names
   */
  authorizationServers?: readonly string[] | undefined
  /** How many requests are kept; 0 for none. @defaultValue 200 */
  maxRecords?: number | undefined
  /** Characters that are kept of one body. @defaultValue 65536 */
  maxRecordedBodyLength?: number | undefined
  /** Characters that are kept of all bodies. @defaultValue 4194304 */
  maxRecordedTotalLength?: number | undefined
  /** How many pages may follow the traffic at once; one more is refused (503). @defaultValue 16 */
  maxFeeds?: number | undefined
  /** Hears of functions of yours that throw: the request is answered with 500. @defaultValue prints them */
  onerror?: ((error: Error) => void) | undefined
}

export interface Settings extends Omit<DashboardOptions, 'onerror'> {
  path: string
  aliases: readonly string[]
  prefix: string
  allowedHosts: readonly string[]
  notFound: NonNullable<DashboardOptions['notFound']>
  /** Whether the dashboard is off: every request passes on, and nothing is recorded. */
  isOff: boolean
  maxRecords: number
  maxRecordedBodyLength: number
  maxRecordedTotalLength: number
  maxFeeds: number
  /** Tells `onerror`. */
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
      `withDashboard: allowedHosts must be names of this machine where there is no authorize (got "${strange}")`,
    )
  }
  return settings
}

function isProduction(): boolean {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } }
  try {
    return process?.env?.NODE_ENV === 'production'
  } catch {
    // Deno throws where it was not given leave to read the environment
    return false
  }
}
