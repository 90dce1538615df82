import { sha256 } from '@portico-mcp/core/internal'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { Isolates } from './testing/isolates.ts'
import { Remote } from './testing/remote.ts'

const DAY_MS = 86_400_000

let isolates: Isolates

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/contract-worker.ts', import.meta.url))
})
afterAll(() => isolates?.stop())

async function listTables(sessionId: string): Promise<unknown> {
  const object = `portico:session:${sha256(sessionId, 'base64url').slice(0, 22)}`
  const worker = await isolates.worker('one')
  return (await worker.fetch(`https://object/tables?object=${object}`)).json()
}

it('leaves no storage of what has expired, of what was only read, and keeps what was touched', async () => {
  const { sessionStore } = new Remote(isolates, 'one')
  const [expired, touched, unknown] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()]
  for (const id of [expired, touched]) await sessionStore.createSession(id, { a: 1 }, 500)
  await sessionStore.claimSession?.(expired, 500)
  await sessionStore.touchSession(touched, DAY_MS)
  expect(await sessionStore.getSession(unknown)).toBeUndefined()
  expect(await listTables(unknown)).toEqual([])
  expect(await listTables(expired)).toEqual(['records', 'claims'])
  await vi.waitFor(async () => expect(await listTables(expired)).toEqual([]), {
    timeout: 40_000,
    interval: 500,
  })
  expect((await sessionStore.getSession(touched))?.data).toEqual({ a: 1 })
  // The object may be used again.
  expect(await sessionStore.createSession(expired, { b: 2 }, DAY_MS)).toBe(true)
  expect((await sessionStore.getSession(expired))?.data).toEqual({ b: 2 })
})
