import { type Audit, must, should } from '../../audit.ts'
import { callLegacyTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getNotifications, getResult, getToolResult } from '../../expect.ts'
import { needTool } from '../../offers.ts'
import { at, type Reply } from '../../reply.ts'
import { awaitState, newKey } from '../../wait.ts'

function progress(client: Client, values: number[], progressToken: unknown): Promise<Reply> {
  return callLegacyTool(client, 'audit_progress', { values }, { meta: { progressToken } })
}

/** A tool that asks the client. If the question cannot be answered, the tool has to get an error immediately. */
function answersAtOnce(what: string, title: string): Audit {
  return must(`legacy/requests/${what}`, 'B3.2', title, async (client) => {
    await needTool(client, 'legacy', 'audit_ask')
    const params = { name: 'audit_ask', arguments: { what } }
    const headers = { accept: 'application/json, text/event-stream' }
    const isSession = (await client.legacyHeaders())['mcp-session-id'] !== undefined
    if (isSession) {
      const response = await client.fetchLegacy('tools/call', params, { headers })
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
      const message = isStream ? await (await client.read(response)).next() : await response.json()
      return expect(message !== undefined && 'id' in message, 'a request or an answer', message)
    }
    expectEqual(getResult(await client.legacy('tools/call', params, { headers })).isError, true, 'isError')
  })
}

export const streams: Audit[] = [
  must('legacy/streams/progress', 'B3.2', 'streams progress before the answer', async (client) => {
    const reply = await progress(client, [1, 2, 3], 'legacy')
    getToolResult(reply)
    expectEqual(
      getNotifications(reply).map(({ params }) => params?.progress),
      [1, 2, 3],
      'the progress',
    )
  }),
  must('legacy/streams/integer-token', 'A15.1', 'echoes a token that is an integer', async (client) => {
    const reply = await progress(client, [1], 7)
    getToolResult(reply)
    expectEqual(at(getNotifications(reply)[0], 'params', 'progressToken'), 7, 'the token')
  }),
  should('legacy/streams/final-last', 'B3.1', 'ends the stream with the answer', async (client) => {
    const { messages } = await progress(client, [1], 'legacy')
    expect(messages.length > 0 && 'result' in (messages.at(-1) ?? {}), 'a result at the end', messages)
  }),
  should('legacy/streams/logs', 'B3.2', 'streams the logs of a request', async (client) => {
    const reply = await callLegacyTool(client, 'audit_log')
    getToolResult(reply)
    const levels = getNotifications(reply, 'notifications/message').map(({ params }) => params?.level)
    expect(levels.includes('error'), 'a log at the level error', levels)
  }),
  should(
    'legacy/streams/no-priming',
    'B3.4',
    'sends no empty event to a client before 2025-11-25',
    async (client) => {
      await needTool(client, 'legacy', 'audit_progress')
      const params = { name: 'audit_progress', arguments: { values: [1] } }
      const { events } = await client.legacy('tools/call', params, {
        version: '2025-06-18',
        meta: { progressToken: 1 },
      })
      for (const { data } of events) expect(data !== undefined && data !== '', 'an event with data', data)
    },
  ),
  should(
    'legacy/streams/leaving',
    'B3.8',
    'does not take a client that leaves for one that cancels',
    async (client) => {
      const key = newKey()
      await needTool(client, 'legacy', 'audit_wait')
      const leaving = new AbortController()
      const params = { name: 'audit_wait', arguments: { key, ms: 300 } }
      const call = client.legacy('tools/call', params, { signal: leaving.signal })
      await Promise.race([call, awaitState(client, 'legacy', key, 'unknown')])
      leaving.abort()
      await call.catch(() => {})
      expectEqual(await awaitState(client, 'legacy', key, 'waiting'), 'finished', 'what became of the tool')
    },
  ),
  answersAtOnce('sampling', 'tells a tool at once that nobody answers its sampling request'),
  answersAtOnce('elicitation', 'tells a tool at once that nobody answers its elicitation request'),
  answersAtOnce('roots', 'tells a tool at once that nobody answers its roots request'),
]
