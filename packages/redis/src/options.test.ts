import { expect, it } from 'vitest'
import { fromBun, fromUpstash, RedisConnection, RedisEventStore, RedisSessionStore } from './index.ts'

const connect = (options: unknown) => () => new RedisConnection(options as never)
const redis = new RedisConnection()

it.each<[string, () => unknown]>([
  ['RedisConnection: options must be an object (got "redis', connect('redis://localhost')],
  ['RedisConnection: there is no option "urls": did you mean url?', connect({ urls: [] })],
  ['RedisConnection: cluster must be a list of one URL or more', connect({ cluster: [] })],
  [
    'RedisConnection: prefix must be 1 to 100 letters, digits and -_.: (got "a b")',
    connect({ prefix: 'a b' }),
  ],
  [
    'RedisConnection: timeoutMs must be a number of milliseconds from 1 to 2147483647 (got 0)',
    connect({ timeoutMs: 0 }),
  ],
  ['RedisConnection: onerror must be a function (got {})', connect({ onerror: {} })],
  [
    'RedisSessionStore: ttlMs must be a number of milliseconds greater than 0 (got 0)',
    () => new RedisSessionStore(redis, { ttlMs: 0 }),
  ],
  [
    'RedisEventStore: there is no option "ttlSeconds": known are maxEventsPerStream, ttlMs',
    () => new RedisEventStore(redis, { ttlSeconds: 60 } as never),
  ],
  [
    'RedisEventStore: maxEventsPerStream must be an integer of 1 or more (got 0.5)',
    () => new RedisEventStore(redis, { maxEventsPerStream: 0.5 }),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})

it.each([{ url: 7 }, { cluster: ['redis://:hunter2@a', 7] }, { client: ['hunter2'] }])(
  'shows nothing of %j, which may hold a password',
  (options) => {
    expect(connect(options)).toThrow(/^RedisConnection: (url|cluster|client) must be [^(]*$/)
  },
)

it.each<[string, unknown]>([
  ['fromUpstash: url and token must be set', {}],
  ['fromUpstash: url must be an https:// or http:// URL (got "redis://a")', { url: 'redis://a', token: 't' }],
  ['fromUpstash: token must be a string that is not empty', { url: 'https://a', token: '' }],
  ['fromUpstash: there is no option "tokens": did you mean token?', { url: 'https://a', tokens: 't' }],
])('refuses an option: %s', (message, options) => {
  expect(() => fromUpstash(options as never)).toThrow(message)
})

it("refuses what is no client of Bun's, and unknown options", () => {
  expect(() => fromBun({} as never)).toThrow('fromBun: client must be a RedisClient of Bun')
  const client = { send() {}, duplicate() {}, connect() {} }
  expect(() => fromBun(client as never, { timeout: 5 } as never)).toThrow(
    'fromBun: there is no option "timeout": did you mean timeoutMs?',
  )
})
