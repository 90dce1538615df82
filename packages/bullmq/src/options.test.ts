import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { bullmqQueue } from './index.ts'

const connection = { url: 'redis://:hunter2@127.0.0.1:1' }

it.each<[string, unknown]>([
  ['bullmqQueue: options must be an object (got undefined)', undefined],
  ['bullmqQueue: connection must be set, for example to { url: process.env.REDIS_URL }', {}],
  ['bullmqQueue: connection must be an object', { connection: 'redis://:hunter2@localhost' }],
  ['bullmqQueue: there is no option "concurency": did you mean concurrency?', { connection, concurency: 1 }],
  [
    'bullmqQueue: name must be a string that is not empty, without colons (got "a:b")',
    { connection, name: 'a:b' },
  ],
  ['bullmqQueue: concurrency must be an integer of 1 or more (got 0)', { connection, concurrency: 0 }],
  ['bullmqQueue: attempts must be an integer of 1 or more (got 1.5)', { connection, attempts: 1.5 }],
  [
    'bullmqQueue: stalledIntervalMs must be a number of milliseconds from 100',
    { connection, stalledIntervalMs: 1 },
  ],
  ['bullmqQueue: backoff must be a number of milliseconds', { connection, backoff: 'soon' }],
  ['bullmqQueue: removeOnFail must be true or false, or an integer', { connection, removeOnFail: 'never' }],
])('refuses an option: %s', (message, options) => {
  expect(() => bullmqQueue(options as never)).toThrow(message)
  try {
    bullmqQueue(options as never)
  } catch (error) {
    expect(inspect(error)).not.toContain('hunter2')
  }
})

it('connects to nothing before its first use', async () => {
  const queue = bullmqQueue({ connection, timeoutMs: 200 })
  await queue.close?.()
  await expect(queue.add({ taskId: 'late' })).rejects.toMatchObject({ code: 'queue-closed' })
})
