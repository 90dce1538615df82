import { expect, it } from 'vitest'
import { DynamoDBEventStore, DynamoDBSessionStore } from './index.ts'

const sessions = (options: unknown) => () => new DynamoDBSessionStore(options as never)
const events = (options: unknown) => () => new DynamoDBEventStore(options as never)

it.each<[string, () => unknown]>([
  ['DynamoDBSessionStore: options must be an object (got "table")', sessions('table')],
  ['DynamoDBSessionStore: there is no option "ttl": known are region, client', sessions({ ttl: 1 })],
  ['DynamoDBSessionStore: tableName must be a string (got 1)', sessions({ tableName: 1 })],
  [
    'DynamoDBSessionStore: ttlSeconds must be a number of seconds greater than 0 (got 0)',
    sessions({ ttlSeconds: 0 }),
  ],
  ['DynamoDBSessionStore: client must be an object with send', sessions({ client: {} })],
  [
    'DynamoDBEventStore: there is no option "maxEvents": did you mean maxEventsPerStream?',
    events({ maxEvents: 1 }),
  ],
  [
    'DynamoDBEventStore: timeoutMs must be a number of milliseconds greater than 0 (got -1)',
    events({ timeoutMs: -1 }),
  ],
  [
    'DynamoDBEventStore: maxEventBytes must be a number of bytes greater than 0 (got "4k")',
    events({ maxEventBytes: '4k' }),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})
