import { type Audit, must, should } from '../../audit.ts'
import { callLegacyTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, expectStatus, getResult, getText } from '../../expect.ts'
import { needTool } from '../../offers.ts'
import type { Reply } from '../../reply.ts'

const BATCHES = '2025-03-26'
const NOTIFICATION = { jsonrpc: '2.0', method: 'notifications/audit' }

function ping(id: unknown): object {
  return { jsonrpc: '2.0', id, method: 'ping' }
}

function batch(client: Client, messages: unknown[], headers = {}): Promise<Reply> {
  return client.postLegacy(messages, { version: BATCHES, headers })
}

/** The ids that were answered, in the order of their text. */
function idsOf({ messages }: Reply): unknown[] {
  return messages.map(({ id }) => id).sort((a, b) => (String(a) < String(b) ? -1 : 1))
}

function expectAnswered(reply: Reply, ids: unknown[]): void {
  expectStatus(reply, 200)
  expectEqual(idsOf(reply), ids, 'the ids that are answered')
  for (const message of reply.messages) expect(message.result !== undefined, 'a result', message)
}

export const batches: Audit[] = [
  must('legacy/batches/answered', 'B8.1', 'answers every request of a batch', async (client) => {
    expectAnswered(await batch(client, [ping(1), ping('two')]), [1, 'two'])
  }),
  should(
    'legacy/batches/array',
    'B8.4',
    'answers a batch with an array, unless it streams',
    async (client) => {
      const reply = await batch(client, [ping(3), ping(4)], { accept: 'application/json, text/event-stream' })
      if (!reply.streamed) expect(Array.isArray(reply.body), 'an array', reply.text)
      expectAnswered(reply, [3, 4])
    },
  ),
  should('legacy/batches/single', 'B8.1', 'answers a batch of one with a batch of one', async (client) => {
    const reply = await batch(client, [ping(5)])
    if (!reply.streamed) expect(Array.isArray(reply.body), 'an array', reply.text)
    expectAnswered(reply, [5])
  }),
  must(
    'legacy/batches/mixed',
    'B8.2',
    'answers the requests of a batch that has notifications too',
    async (client) => {
      expectAnswered(await batch(client, [NOTIFICATION, ping(6), NOTIFICATION]), [6])
    },
  ),
  must('legacy/batches/notifications', 'B8.2', 'answers 202 to a batch of notifications', async (client) => {
    const reply = await batch(client, [NOTIFICATION, NOTIFICATION])
    expectStatus(reply, 202)
    expectEqual(reply.text, '', 'the body')
  }),
  must('legacy/batches/responses', 'B8.2', 'answers 202 to a batch of responses', async (client) => {
    expectStatus(await batch(client, [{ jsonrpc: '2.0', id: 'no-such-request', result: {} }]), 202)
  }),
  must(
    'legacy/batches/errors',
    'B8.1',
    'answers what fails in a batch beside what does not',
    async (client) => {
      const reply = await batch(client, [ping(7), { jsonrpc: '2.0', id: 8, method: 'audit/unknown' }])
      expectStatus(reply, 200)
      expectEqual(idsOf(reply), [7, 8], 'the ids that are answered')
      expectEqual(reply.messages.find(({ id }) => id === 8)?.error?.code, -32601, 'the code of the failure')
    },
  ),
  must(
    'legacy/batches/own-results',
    'B8.1',
    'gives each request of a batch its own result',
    async (client) => {
      await needTool(client, 'legacy', 'audit_echo')
      const texts = ['a', 'b', 'c']
      const calls = texts.map((text, index) => ({
        jsonrpc: '2.0',
        id: 10 + index,
        method: 'tools/call',
        params: { name: 'audit_echo', arguments: { text } },
      }))
      const { messages } = await batch(client, calls)
      const heard = [...messages]
        .sort((a, b) => Number(a.id) - Number(b.id))
        .map(({ result }) => getText(result ?? {}))
      expectEqual(heard, texts, 'the texts')
    },
  ),
  must('legacy/batches/initialize', 'B8.3', 'refuses initialize in a batch', async (client) => {
    const params = {
      protocolVersion: BATCHES,
      capabilities: {},
      clientInfo: { name: 'audits', version: '1' },
    }
    const initialize = { jsonrpc: '2.0', id: 20, method: 'initialize', params }
    expectStatus(await client.post([initialize, ping(21)]), 400)
  }),
  should('legacy/batches/empty', 'B8.2', 'refuses an empty batch', async (client) => {
    expectStatus(await batch(client, []), 400)
  }),
  must(
    'legacy/batches/no-message',
    'B8.2',
    'refuses a batch with something that is no message',
    async (client) => {
      const reply = await batch(client, [42, 'ping'])
      expect(
        reply.status === 400 || reply.messages.every(({ error }) => error?.code === -32600),
        'errors',
        reply.text,
      )
    },
  ),
  ...['2025-06-18', '2025-11-25'].map((version) =>
    should(
      `legacy/batches/${version}`,
      'B8.5',
      `refuses a batch in ${version}, which has none`,
      async (client) => {
        expectStatus(await client.postLegacy([ping(30)], { version }), 400)
      },
    ),
  ),
  should(
    'legacy/batches/missing-version',
    'B7.2',
    'takes a batch without a version header',
    async (client) => {
      expectAnswered(
        await batch(client, [ping(40), ping(41)], { 'mcp-protocol-version': undefined }),
        [40, 41],
      )
    },
  ),
  should(
    'legacy/batches/streamed',
    'B8.4',
    'streams every answer to a batch before the end',
    async (client) => {
      await callLegacyTool(client, 'audit_progress', { values: [] }, { version: BATCHES })
      const call = {
        jsonrpc: '2.0',
        id: 50,
        method: 'tools/call',
        params: { name: 'audit_progress', arguments: { values: [1, 2] }, _meta: { progressToken: 'batch' } },
      }
      const reply = await batch(client, [call, ping(51)])
      const answered = reply.messages.flatMap((message) => ('result' in message ? [message.id] : []))
      expectEqual(answered.sort(), [50, 51], 'the ids that are answered')
    },
  ),
  must(
    'legacy/batches/after-refusal',
    'B8.1',
    'serves the next request after a batch that it refused',
    async (client) => {
      await batch(client, [ping(null)])
      getResult(await client.legacy('ping'))
    },
  ),
]
