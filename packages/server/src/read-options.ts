import { isIPv4 } from 'node:net'
import { HTTPServerError } from './http-server-error.ts'
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
  drainTimeout: number
  logger: Logger
  /** Whether requests and refusals are logged. */
  logging: boolean
  publicUrl?: URL
  /** Whether nobody beyond this machine can connect. */
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

type Check = [expected: string, holds: (value: never) => boolean]

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const boolean: Check = ['true or false', (value: unknown) => typeof value === 'boolean']
const object: Check = ['an object', isObject]
const list: Check = ['a list', Array.isArray]
const passed: Check = ['', () => true]
const orObject: Check = ['true, false or an object', (value) => typeof value === 'boolean' || isObject(value)]
const milliseconds: Check = [
  'a number of milliseconds greater than 0, at most 2147483647',
  (value: number) => value > 0 && value < 2 ** 31,
]
const text: Check = ['a text', (value: unknown) => typeof value === 'string' && value !== '']
const methods = (...names: string[]): Check => [
  `an object with ${names.join(', ')}`,
  (value: Record<string, unknown>) =>
    isObject(value) && names.every((name) => typeof value[name] === 'function'),
]

/** Every option there is. What another part checks when it is given the option passes here. */
const OPTIONS: Record<keyof HTTPServerOptions, Check> = {
  port: [
    'an integer from 0 to 65535',
    (port: number) => Number.isInteger(port) && port >= 0 && port <= 65_535,
  ],
  host: text,
  path: ['a path such as /mcp', isPath],
  aliases: ['a list of paths such as /mcp', (paths: unknown) => Array.isArray(paths) && paths.every(isPath)],
  cors: orObject,
  logging: boolean,
  logger: methods('debug', 'info', 'warn', 'error'),
  stateless: boolean,
  sessionTimeout: milliseconds,
  sessionStore: object,
  eventStore: methods('storeEvent', 'replayEventsAfter'),
  bus: methods('publish', 'subscribe'),
  dashboard: boolean,
  auth: object,
  allowedHosts: list,
  allowedOrigins: ['a list or a function', (value) => Array.isArray(value) || typeof value === 'function'],
  publicUrl: [
    'an http or https URL',
    (url: string) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
  ],
  trustProxy: passed,
  rateLimit: orObject,
  tls: object,
  signals: boolean,
  drainTimeout: ['a number of milliseconds from 0 to 2147483647', (ms: number) => ms >= 0 && ms < 2 ** 31],
  telemetry: orObject,
  responseMode: passed,
  maxSubscriptions: passed,
  keepAliveMs: passed,
  maxRequestBodySize: passed,
  requestTimeoutMs: passed,
  strictAccept: boolean,
  requestState: object,
  cacheHints: object,
  onerror: ['a function', (value: unknown) => typeof value === 'function'],
}

const OF_SESSIONS = ['sessionTimeout', 'sessionStore', 'eventStore'] as const
const OF_HANDLERS = [
  'stateless',
  ...OF_SESSIONS,
  'bus',
  'responseMode',
  'maxSubscriptions',
  'keepAliveMs',
  'maxRequestBodySize',
  'requestTimeoutMs',
  'strictAccept',
  'requestState',
  'cacheHints',
] as const
const RESERVED = /^\/(health|ready|metrics|\.well-known\/.*)$/

/**
 * @throws HTTPServerError for an input that is none, an option that is unknown, out of its range, or without
 * effect.
 */
export function readOptions(input: HTTPServerInput, options: HTTPServerOptions): Settings {
  const given: HTTPServerOptions = { ...definedIn(optionsIn(input)), ...definedIn(checked(options, [])) }
  const { port = 3001, host = '127.0.0.1', stateless = true, signals = true, drainTimeout = 10_000 } = given
  const { path = '/mcp', aliases = [], logging = given.logger !== undefined } = given
  if (stateless) refuseWithout('stateless: false', given, OF_SESSIONS)
  if ('fetch' in input) refuseWithout('a factory: a handler has its own', given, OF_HANDLERS)
  const paths = [...new Set([path, ...aliases].map(withoutSlash))] as [string, ...string[]]
  const reserved = paths.find((one) => RESERVED.test(one))
  if (reserved) throw invalid(path === reserved ? 'path' : 'aliases', `${reserved} is taken`)
  const isLocal = isLoopback(host)
  const dashboard = given.dashboard ?? isLocal
  if (dashboard && !isLocal && !given.auth) {
    throw new HTTPServerError('dashboard-needs-auth', `dashboard: on ${host} it takes auth`, {
      option: 'dashboard',
    })
  }
  const { name } = input as Partial<HTTPServerDefinition>
  return {
    ...given,
    port,
    host,
    paths,
    stateless,
    signals,
    drainTimeout,
    logging,
    dashboard,
    isLocal,
    publicUrl: given.publicUrl === undefined ? undefined : new URL(given.publicUrl),
    logger:
      given.logger ?? createLogger(typeof input === 'object' ? name : undefined, logging ? 'info' : 'warn'),
  }
}

function optionsIn(input: HTTPServerInput): HTTPServerOptions {
  if (typeof input === 'function') return {}
  if (!isObject(input)) throw wrongInput()
  if ('fetch' in input) {
    if (typeof input.fetch !== 'function') throw wrongInput()
    return {}
  }
  const { name, version, setup } = input
  const isDefinition = text[1](name as never) && text[1](version as never)
  if (!isDefinition || (setup !== undefined && typeof setup !== 'function')) throw wrongInput()
  return checked(input, IDENTITY)
}

const wrongInput = (): HTTPServerError =>
  new HTTPServerError(
    'invalid-input',
    'give it { name, version, setup? }, a function that builds a server, or a handler with fetch',
  )

function checked(options: HTTPServerOptions, besides: readonly string[]): HTTPServerOptions {
  if (!isObject(options)) throw new HTTPServerError('invalid-option', 'options must be an object')
  const own = Object.entries(options).filter(([name]) => !besides.includes(name))
  for (const [name, value] of own) {
    const check = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof HTTPServerOptions] : undefined
    if (!check) throw new HTTPServerError('unknown-option', `there is no option ${name}`, { option: name })
    const [expected, holds] = check
    if (value !== undefined && !holds(value as never)) throw invalid(name, `must be ${expected}`)
  }
  return Object.fromEntries(own)
}

const definedIn = (options: HTTPServerOptions): HTTPServerOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

function refuseWithout(
  what: string,
  given: HTTPServerOptions,
  names: readonly (keyof HTTPServerOptions)[],
): void {
  const without = names.find((name) => given[name] !== undefined)
  if (without) throw invalid(without, `has no effect without ${what}`)
}

const invalid = (option: string, why: string): HTTPServerError =>
  new HTTPServerError('invalid-option', `${option} ${why}`, { option })

function isPath(path: unknown): boolean {
  return typeof path === 'string' && /^\/[^?#\s\\]*$/.test(path) && !path.startsWith('//')
}

const withoutSlash = (path: string): string => path.replace(/(?<=.)\/+$/, '')

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
