import { optionRules, type Rule, type Rules, shown, validateOptions } from '@portico-mcp/core/internal'
import { HTTPServerError } from './http-server-error.ts'
import type { HTTPServerDefinition } from './input.ts'
import type { HTTPServerOptions } from './options.ts'

const { anything, anyOfRules, callback, flag, listOf, objectWith, plainObject, secret, text, timerMs } =
  optionRules

const path: Rule = {
  allowed: 'a path such as "/mcp", without query and fragment',
  isAllowed: (value) => typeof value === 'string' && /^\/[^?#\s\\]*$/.test(value) && !value.startsWith('//'),
}

const delay: Rule = {
  allowed: 'a number of milliseconds greater than 0, at most 2147483647',
  isAllowed: (value) => timerMs().isAllowed(value) && value !== 0,
}

/** Returns whether clients can send requests to a URL. */
export const isHttpUrl = (url: unknown): url is string | URL =>
  optionRules.url.isAllowed(url) && /^https?:$/.test(new URL(url as string | URL).protocol)

const flagOrObject: Rule = { ...anyOfRules(flag, plainObject), allowed: 'true, false or an object' }

const sessionStore: Rule = anyOfRules(
  objectWith('createSession', 'getSession', 'updateSession', 'deleteSession', 'touchSession'),
  {
    allowed: 'encryptedSessionIds()',
    isAllowed: (value) => typeof value === 'object' && value !== null && 'encrypted' in value,
  },
)

/** What each option may be. Other parts validate what they get: their options may be anything here. */
const OPTIONS: Rules<keyof HTTPServerOptions> = {
  port: optionRules.integerFrom(0, 65_535),
  host: text,
  path,
  aliases: listOf(path, 'paths such as "/mcp", without query and fragment'),
  cors: flagOrObject,
  logging: flag,
  logger: objectWith('debug', 'info', 'warn', 'error'),
  stateless: flag,
  sessionTimeout: delay,
  sessionStore,
  requireProtocolVersion: flag,
  eventStore: objectWith('storeEvent', 'replayEventsAfter'),
  bus: objectWith('publish', 'subscribe'),
  tasks: flagOrObject,
  dashboard: flag,
  audits: callback,
  authorize: callback,
  auth: secret(plainObject),
  allowedHosts: listOf(),
  allowedOrigins: optionRules.listOrFunction(anything, 'values'),
  publicUrl: { allowed: 'an http or https URL', isAllowed: isHttpUrl },
  trustProxy: anything,
  rateLimit: flagOrObject,
  tls: secret(plainObject),
  signals: flag,
  drainTimeoutMs: timerMs(),
  keepAliveTimeoutMs: timerMs(),
  receiveTimeoutMs: delay,
  telemetry: flagOrObject,
  extensions: listOf(),
  responseMode: anything,
  maxSubscriptions: anything,
  maxSubscriptionsPerCaller: anything,
  keepAliveMs: anything,
  maxRequestBodySize: anything,
  maxToolInputElements: anything,
  requestTimeoutMs: anything,
  strictAccept: flag,
  maskErrors: flag,
  requestState: secret(plainObject),
  cacheHints: plainObject,
  onerror: callback,
}

/** What describes the server in a definition. Its name, version and setup are checked before. */
const IDENTITY: Rules<Exclude<keyof HTTPServerDefinition, keyof HTTPServerOptions>> = {
  name: text,
  version: text,
  title: anything,
  description: anything,
  websiteUrl: anything,
  icons: anything,
  instructions: anything,
  capabilities: anything,
  setup: callback,
}

/**
 * Reads options, or those in a definition. An option that is undefined counts as absent.
 *
 * @throws HTTPServerError `unknown-option` or `invalid-option`, which names the option, the value and what is allowed.
 */
export function readGiven(options: HTTPServerOptions, isDefinition = false): HTTPServerOptions {
  if (!plainObject.isAllowed(options)) {
    throw new HTTPServerError('invalid-option', `options must be an object (got ${shown(options)})`)
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const rules = isDefinition ? { ...IDENTITY, ...OPTIONS } : OPTIONS
  for (const [name, value] of given) checkOption(name, value, rules)
  return Object.fromEntries(given.filter(([name]) => Object.hasOwn(OPTIONS, name)))
}

const CALLER = 'createHTTPServer'

function checkOption(option: string, value: unknown, rules: Rules<string>): void {
  try {
    validateOptions<Record<string, unknown>>(CALLER, { [option]: value }, rules)
  } catch (cause) {
    const code = Object.hasOwn(rules, option) ? 'invalid-option' : 'unknown-option'
    const message = (cause as Error).message.slice(`${CALLER}: `.length)
    throw new HTTPServerError(code, message, { option, cause })
  }
}
