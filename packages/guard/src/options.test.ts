import { createMcpHandler } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import {
  dnsRebindingProtection,
  InMemoryRateLimitStore,
  rateLimit,
  withCors,
  withGuard,
  withRateLimit,
} from './index.ts'

const handler = createMcpHandler(() => {
  throw new Error('not served')
})
const guard = (options: unknown) => () => withGuard(handler, options as never)
const cors = (options: object) => () => withCors(handler, { allowedOrigins: '*', ...options } as never)
const limit = (options: unknown) => () => withRateLimit(handler, options as never)

it.each<[string, () => unknown]>([
  ['withGuard: options must be an object (got null)', guard(null)],
  ['withGuard: there is no option "allowedHost": did you mean allowedHosts?', guard({ allowedHost: [] })],
  ['withGuard: allowedHosts must be a list of functions and hostnames', guard({ allowedHosts: 'a.test' })],
  ['(got "https://b.test")', guard({ allowedHosts: ['a.test', 'https://b.test'] })],
  ['withGuard: allowedOrigins must be a function or a list of', guard({ allowedOrigins: ['a.test/x'] })],
  ['withGuard: publicUrl must be an http or https URL (got "/mcp")', guard({ publicUrl: '/mcp' })],
  ['withGuard: trustProxy must be a number of proxies', guard({ trustProxy: -1 })],
  ['(got "lan")', guard({ trustProxy: ['10.0.0.0/8', 'lan'] })],
  ['withGuard: maxUrlLength must be a number greater than 0 (got "9")', guard({ maxUrlLength: '9' })],
  ['withGuard: onerror must be a function (got true)', guard({ onerror: true })],
  ['withCors: there is no option "origin": known are allowedOrigins', cors({ origin: '*' })],
  ['withCors: allowedOrigins must be "*", a function or a list of', cors({ allowedOrigins: undefined })],
  ['withCors: allowedOrigins must be "*", a function or a list of', cors({ allowedOrigins: 'a.test' })],
  ['withCors: credentials must be true or false (got "yes")', cors({ credentials: 'yes' })],
  ['withCors: credentials must be false where allowedOrigins is "*"', cors({ credentials: true })],
  ['withCors: exposedHeaders must be a list of header names (got "a b")', cors({ exposedHeaders: ['a b'] })],
  [
    'withCors: maxAgeSeconds must be an integer of seconds of 0 or more (got -1)',
    cors({ maxAgeSeconds: -1 }),
  ],
  ['withRateLimit: capacity must be a finite number of 1 or more (got 0)', limit({ capacity: 0 })],
  ['withRateLimit: there is no option "refill": did you mean refillPerSecond?', limit({ refill: 1 })],
  ['withRateLimit: store must be an object with take (got an instance of Map)', limit({ store: new Map() })],
  ['rateLimit: key must be a function (got "ip")', () => rateLimit({ key: 'ip' } as never)],
  [
    'InMemoryRateLimitStore: maxKeys must be an integer of 1 or more (got 0)',
    () => new InMemoryRateLimitStore({ maxKeys: 0 }),
  ],
  [
    'dnsRebindingProtection: host must be a string that is not empty',
    () => dnsRebindingProtection({ host: '' }),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})
