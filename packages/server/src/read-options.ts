import { isIPv4 } from 'node:net'
import { checkOptions, isHttpUrl, isName, isObject } from './check-options.ts'
import { findExposure, isDashboardOn } from './exposure.ts'
import { HTTPServerError, invalidOption } from './http-server-error.ts'
import type { HTTPServerDefinition, HTTPServerInput } from './input.ts'
import { createLogger, type Logger } from './logger.ts'
import type { HTTPServerOptions } from './options.ts'

/** The options with their defaults. */
export interface Settings extends HTTPServerOptions {
  port: number
  host: string
  /** The paths of the endpoint, the first of which is named to clients. */
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
  /** That of `publicUrl`, or else of `auth.resource`. */
  publicUrl?: URL
  /** Whether it listens on an address of this machine alone; a proxy in front may still lead others to it. */
  isLocal: boolean
}

const IDENTITY = [
  'name',
  'version',
  'title',
  'description',
  'websiteUrl',
  'icons',
  'instructions',
  'capabilities',
  'setup',
]

/** Options that are those of the handler. */
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
const OF_HANDLERS = ['stateless', ...OF_SESSIONS, ...HANDLER_OPTIONS] as const
const RESERVED = /^\/(health|ready|metrics|\.well-known\/.*)$/

/**
 * @throws HTTPServerError for an input that is none, an option that is unknown, out of its range, or without
 * effect.
 */
export function readOptions(input: HTTPServerInput, options: HTTPServerOptions): Settings {
  const given: HTTPServerOptions = { ...definedIn(optionsIn(input)), ...definedIn(checkOptions(options, [])) }
  const { port = 3001, host = '127.0.0.1', stateless = true, signals = true, drainTimeoutMs = 10_000 } = given
  const { keepAliveTimeoutMs = 65_000, receiveTimeoutMs = 120_000 } = given
  const { path = '/mcp', aliases = [], logging = given.logger !== undefined } = given
  if (stateless) refuseWithout('stateless: false', given, OF_SESSIONS)
  if ('fetch' in input) refuseWithout('a factory: a handler has its own', given, OF_HANDLERS)
  const paths = [...new Set([path, ...aliases].map(withoutSlash))] as [string, ...string[]]
  const reserved = paths.find((one) => RESERVED.test(one))
  if (reserved) throw invalidOption(path === reserved ? 'path' : 'aliases', `${reserved} is taken`)
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
    publicUrl: publicUrlOf(given),
    logger:
      given.logger ?? createLogger(typeof input === 'object' ? name : undefined, logging ? 'info' : 'warn'),
  }
}

// what tokens are for is where clients call
function publicUrlOf({ publicUrl = '', auth }: HTTPServerOptions): URL | undefined {
  const named = [publicUrl, auth?.resource ?? ''].find((url) => isHttpUrl(url))
  return named === undefined ? undefined : new URL(named)
}

function optionsIn(input: HTTPServerInput): HTTPServerOptions {
  if (typeof input === 'function') return {}
  if (!isObject(input)) throw wrongInput()
  if ('fetch' in input) {
    if (typeof input.fetch !== 'function') throw wrongInput()
    return {}
  }
  const { name, version, setup } = input
  const missing = Object.entries({ name, version }).find(([, value]) => !isName(value))?.[0]
  if (missing) throw wrongInput(`${missing} must be a text that is not empty`, missing)
  if (setup !== undefined && typeof setup !== 'function')
    throw wrongInput('setup must be a function', 'setup')
  return checkOptions(input, IDENTITY)
}

const wrongInput = (problem?: string, option?: string): HTTPServerError =>
  new HTTPServerError(
    'invalid-input',
    `${problem ? `${problem}; ` : ''}give it { name, version, setup? }, a function that builds a server, or a handler with fetch`,
    { ...(option && { option }) },
  )

const definedIn = (options: HTTPServerOptions): HTTPServerOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

function refuseWithout(
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
