import { HTTPServerError, invalidOption } from './http-server-error.ts'
import type { HTTPServerOptions } from './options.ts'

type Check = [expected: string, holds: (value: never) => boolean]

export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null
const boolean: Check = ['true or false', (value: unknown) => typeof value === 'boolean']
const object: Check = ['an object', isObject]
const fn: Check = ['a function', (value: unknown) => typeof value === 'function']
const list: Check = ['a list', Array.isArray]
const passed: Check = ['', () => true]
const orObject: Check = ['true, false or an object', (value) => typeof value === 'boolean' || isObject(value)]
const milliseconds: Check = [
  'a number of milliseconds greater than 0, at most 2147483647',
  (value: number) => value > 0 && value < 2 ** 31,
]
const text: Check = ['a text', (value: unknown) => typeof value === 'string' && value !== '']
const isStore = (store: Record<string, unknown>): boolean =>
  ['createSession', 'getSession', 'updateSession', 'deleteSession', 'touchSession'].every(
    (name) => typeof store[name] === 'function',
  )
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
  sessionStore: [
    'a store with createSession, getSession, updateSession, deleteSession, touchSession',
    (store: Record<string, unknown>) => isObject(store) && ('encrypted' in store || isStore(store)),
  ],
  requireProtocolVersion: boolean,
  eventStore: methods('storeEvent', 'replayEventsAfter'),
  bus: methods('publish', 'subscribe'),
  dashboard: boolean,
  authorize: fn,
  auth: object,
  allowedHosts: list,
  allowedOrigins: ['a list or a function', (value) => Array.isArray(value) || typeof value === 'function'],
  publicUrl: ['an http or https URL', isHttpUrl],
  trustProxy: passed,
  rateLimit: orObject,
  tls: object,
  signals: boolean,
  drainTimeoutMs: ['a number of milliseconds from 0 to 2147483647', (ms: number) => ms >= 0 && ms < 2 ** 31],
  keepAliveTimeoutMs: [
    'a number of milliseconds from 0 to 2147483647',
    (ms: number) => ms >= 0 && ms < 2 ** 31,
  ],
  receiveTimeoutMs: milliseconds,
  telemetry: orObject,
  extensions: list,
  responseMode: passed,
  maxSubscriptions: passed,
  maxSubscriptionsPerCaller: passed,
  keepAliveMs: passed,
  maxRequestBodySize: passed,
  maxToolInputElements: passed,
  requestTimeoutMs: passed,
  strictAccept: boolean,
  maskErrors: boolean,
  requestState: object,
  cacheHints: object,
  onerror: fn,
}

function isPath(path: unknown): boolean {
  return typeof path === 'string' && /^\/[^?#\s\\]*$/.test(path) && !path.startsWith('//')
}

/** Whether clients can call it. */
export function isHttpUrl(url: string | URL): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

/** Whether this can name something. */
export const isName = (value: unknown): boolean => text[1](value as never)

/**
 * The options that were given.
 *
 * @param besides - Names of what else may stand there.
 * @throws HTTPServerError for an option that is unknown, or out of its range.
 */
export function checkOptions(options: HTTPServerOptions, besides: readonly string[]): HTTPServerOptions {
  if (!isObject(options)) throw new HTTPServerError('invalid-option', 'options must be an object')
  const own = Object.entries(options).filter(([name]) => !besides.includes(name))
  for (const [name, value] of own) {
    const check = Object.hasOwn(OPTIONS, name) ? OPTIONS[name as keyof HTTPServerOptions] : undefined
    if (!check) throw new HTTPServerError('unknown-option', `there is no option ${name}`, { option: name })
    const [expected, holds] = check
    if (value !== undefined && !holds(value as never)) throw invalidOption(name, `must be ${expected}`)
  }
  return Object.fromEntries(own)
}
