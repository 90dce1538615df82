import { type Audit, must, should } from '../../audit.ts'
import { callTool, openTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expectEqual, expectStatus } from '../../expect.ts'
import { modernHeaders } from '../../protocol.ts'
import { awaitState, newKey } from '../../wait.ts'

const LONG_MS = 60_000

/** Calls the waiting tool, and leaves as soon as it waits. */
async function leaveWaiting(client: Client, key: string): Promise<void> {
  const leaving = new AbortController()
  const call = callTool(client, 'audit_wait', { key, ms: LONG_MS }, { signal: leaving.signal })
  await Promise.race([call, awaitState(client, 'modern', key, 'unknown')])
  leaving.abort()
  await call.catch(() => {})
}

/** Calls the waiting tool, and leaves as soon as it has reported. */
async function leaveStream(client: Client, key: string, id: unknown): Promise<void> {
  const leaving = new AbortController()
  const variation = { id, signal: leaving.signal, meta: { progressToken: key } }
  const stream = await openTool(client, 'audit_wait', { key, ms: LONG_MS, stream: true }, variation)
  expectEqual((await stream.next())?.method, 'notifications/progress', 'the first message')
  stream.close()
  leaving.abort()
}

export const cancellation: Audit[] = [
  must(
    'modern/cancellation/before-answer',
    'A9.1',
    'cancels a request whose client leaves before the answer',
    async (client) => {
      const key = newKey()
      await leaveWaiting(client, key)
      expectEqual(await awaitState(client, 'modern', key, 'waiting'), 'cancelled', 'what became of the tool')
    },
  ),
  must(
    'modern/cancellation/while-streaming',
    'A9.1',
    'cancels a request whose client leaves the stream',
    async (client) => {
      const key = newKey()
      await leaveStream(client, key, 1)
      expectEqual(await awaitState(client, 'modern', key, 'waiting'), 'cancelled', 'what became of the tool')
    },
  ),
  must(
    'modern/cancellation/same-id',
    'A1.2',
    'leaves a request of another client with the same id alone',
    async (client) => {
      const [mine, theirs] = [newKey(), newKey()]
      const other = callTool(client, 'audit_wait', { key: theirs, ms: 1000 }, { id: 1 })
      await Promise.race([other, awaitState(client, 'modern', theirs, 'unknown')])
      await leaveStream(client, mine, 1)
      expectEqual(await awaitState(client, 'modern', mine, 'waiting'), 'cancelled', 'what became of mine')
      expectStatus(await other, 200)
      expectEqual(await awaitState(client, 'modern', theirs, 'waiting'), 'finished', 'what became of theirs')
    },
  ),
  should(
    'modern/cancellation/notification',
    'A9.4',
    'cancels nothing for a notifications/cancelled',
    async (client) => {
      const key = newKey()
      const call = callTool(client, 'audit_wait', { key, ms: 500 }, { id: 7 })
      await Promise.race([call, awaitState(client, 'modern', key, 'unknown')])
      const { init } = client.modernInit('server/discover', {}, {})
      const { _meta } = JSON.parse(init.body as string).params
      const method = 'notifications/cancelled'
      await client.post({ jsonrpc: '2.0', method, params: { requestId: 7, _meta } }, modernHeaders(method))
      expectStatus(await call, 200)
      expectEqual(await awaitState(client, 'modern', key, 'waiting'), 'finished', 'what became of the tool')
    },
  ),
]
