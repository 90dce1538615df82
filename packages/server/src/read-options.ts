import { isIPv4 } from 'node:net'
import { optionRules, shown } from '@portico-mcp/core/internal'
import { findExposure, isDashboardOn } from './exposure.ts'
import { HTTPServerError, invalidOption } from './http-server-error.ts'
import type { HTTPServerDefinition, HTTPServerInput } from './input.ts'
import { createLogger, type Logger } from './logger.ts'
import { isHttpUrl, readGiven } from './option-rules.ts'
import type { HTTPServerOptions } from './options.ts'

/** The options with their defaults. */
export interface Settings extends HTTPServerOptions {
  port: number
  host: string
  /** The paths of the endpoint. Clients are told the first one. */
  paths: readonly [string, ...string[]]
  stateless: boolean
  signals: boolean
  dashboard: boolean
  drainTimeoutMs: number
  keepAliveTimeoutMs: number
  receiveTimeoutMs: number
  logger: Logger
  /** Whether `logger` is the user's. */
  hasOwnLogger: boolean
  /** Whether requests and refusals are logged. */
  logging: boolean
  /** The option `publicUrl`, otherwise `auth.resource`. */
  publicUrl?: URL
  /** Whether each path is that of another server. */
  servesSeveral?: boolean
  /** Whether it listens on a loopback address. A proxy in front may still make it public. */
  isLocal: boolean
}

/** Options that are passed to `createMcpHandler`. */
export const HANDLER_OPTIONS = [
  'bus',
  'responseMode',
  'maxSubscriptions',
  'maxSubscriptionsPerCaller',
  'keepAliveMs',
  'maxRequestBodySize',
  'maxToolInputElements',
  'requestTimeoutMs',
  'strictAccept',
  'extensions',
  'maskErrors',
  'requestState',
  'cacheHints',
] as const
const OF_SESSIONS = ['sessionTimeout', 'sessionStore', 'eventStore', 'requireProtocolVersion'] as const
const OF_HANDLERS = ['stateless', 'tasks', ...OF_SESSIONS, ...HANDLER_OPTIONS] as const
const { callback, plainObject, text } = optionRules
const RESERVED = /^\/(health|ready|metrics|\.well-known\/.*)$/

/**
 * Reads the options of `createHTTPServer`.
 *
 * @param options - Override those in `input`.
 * @throws HTTPServerError if the input cannot be served, or an option is unknown, invalid or without effect.
 */
export function readOptions(input: HTTPServerInput, options: HTTPServerOptions): Settings {
  const given: HTTPServerOptions = { ...readInput(input), ...readGiven(options) }
  const { port = 3001, host = '127.0.0.1', stateless = true, signals = true, drainTimeoutMs = 10_000 } = given
  const { keepAliveTimeoutMs = 65_000, receiveTimeoutMs = 120_000 } = given
  const { path = '/mcp', aliases = [], logging = given.logger !== undefined } = given
  if (stateless) rejectWithout('stateless: false', given, OF_SESSIONS)
  if ('fetch' in input) rejectWithout('a factory: a handler has its own', given, OF_HANDLERS)
  const paths = [...new Set([path, ...aliases].map(withoutSlash))] as [string, ...string[]]
  const reserved = paths.find((one) => RESERVED.test(one))
  if (reserved)
    throw invalidOption(
      path === reserved ? 'path' : 'aliases',
      `must not be ${reserved}, which the server answers itself`,
    )
  const isLocal = isLoopback(host)
  const dashboard = isDashboardOn(given, findExposure(given, isLocal))
  const { name } = input as Partial<HTTPServerDefinition>
  return {
    ...given,
    port,
    host,
    paths,
    stateless,
    signals,
    drainTimeoutMs,
    keepAliveTimeoutMs,
    receiveTimeoutMs,
    logging,
    dashboard,
    isLocal,
    hasOwnLogger: given.logger !== undefined,
    publicUrl: readPublicUrl(given),
    logger:
      given.logger ?? createLogger(typeof input === 'object' ? name : undefined, logging ? 'info' : 'warn'),
  }
}

// clients call the resource that tokens are issued for
function readPublicUrl({ publicUrl = '', auth }: HTTPServerOptions): URL | undefined {
  const named = [publicUrl, auth?.resource ?? ''].find(isHttpUrl)
  return named === undefined ? undefined : new URL(named)
}

function readInput(input: HTTPServerInput): HTTPServerOptions {
  if (typeof input === 'function') return {}
  if (!plainObject.isAllowed(input)) throw wrongInput()
  if ('fetch' in input) {
    if (typeof input.fetch !== 'function') throw wrongInput()
    return {}
  }
  const { name, version, setup } = input
  const missing = Object.entries({ name, version }).find(([, value]) => !text.isAllowed(value))?.[0]
  if (missing) throw wrongInput(`${missing} must be ${text.allowed}`, missing)
  if (setup !== undefined && typeof setup !== 'function') {
    throw wrongInput(`setup must be ${callback.allowed} (got ${shown(setup)})`, 'setup')
  }
  return readGiven(input, true)
}

const wrongInput = (problem?: string, option?: string): HTTPServerError =>
  new HTTPServerError(
    'invalid-input',
    `${problem ? `${problem}; ` : ''}give it { name, version, setup? }, a function that builds a server, or a handler with fetch`,
    option === undefined ? {} : { option },
  )

function rejectWithout(
  what: string,
  given: HTTPServerOptions,
  names: readonly (keyof HTTPServerOptions)[],
): void {
  const without = names.find((name) => given[name] !== undefined)
  if (without) throw invalidOption(without, `has no effect without ${what}`)
}

function withoutSlash(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
