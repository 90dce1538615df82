import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Isolate, Isolates } from './testing/isolates.ts'
import { listen } from './testing/listen.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const CHANGED = 'notifications/tools/list_changed'

let isolates: Isolates

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/sessions-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

async function announce(isolate: Isolate): Promise<void> {
  const response = await fetch(isolates.url(isolate, '/announce'), { method: 'POST' })
  expect(response.status).toBe(204)
}

const until = (look: () => unknown): Promise<unknown> => vi.waitUntil(look, { timeout: 20_000 })

it('tells every stream once of a change on another isolate', async () => {
  const streams = [
    await listen(isolates, 'one'),
    await listen(isolates, 'one'),
    await listen(isolates, 'two'),
  ]
  await announce('two')
  await until(() => streams.every(({ heard }) => heard.length === 2))
  await announce('one')
  await until(() => streams.every(({ heard }) => heard.length === 3))
  for (const { heard, close } of streams) {
    expect(heard).toEqual([ACKNOWLEDGED, CHANGED, CHANGED])
    close()
  }
})

it('gives each stream its own subscription, which ends with it', async () => {
  const count = async (): Promise<unknown> => (await fetch(isolates.url('one', '/subscriptions'))).json()
  await vi.waitFor(async () => expect(await count()).toBe(0), { timeout: 20_000 })
  const streams = [await listen(isolates, 'one'), await listen(isolates, 'one')]
  expect(await count()).toBe(2)
  streams[0]?.close()
  await vi.waitFor(async () => expect(await count()).toBe(1), { timeout: 20_000 })
  await announce('two')
  await until(() => streams[1]?.heard.length === 2)
  streams[1]?.close()
})

it('goes on with a stream after the object that it listens to was restarted', async () => {
  const stream = await listen(isolates, 'one')
  await isolates.restartObjects()
  await announce('two')
  await until(() => stream.heard.length === 2)
  stream.close()
})
