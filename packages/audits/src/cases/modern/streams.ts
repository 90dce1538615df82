import { type Audit, must, should } from '../../audit.ts'
import { callTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import { expect, expectEqual, getNotifications, getToolResult } from '../../expect.ts'
import { at, type Json, type Reply } from '../../reply.ts'

const SPECIAL = 'line\nreturn\rboth\r\n\ndata: {}\n\nevent: fake\u2028🙂'

/** Has a tool report progress under a token. */
function progress(
  client: Client,
  values: number[],
  progressToken: string | number = 'audit',
  args: Json = {},
): Promise<Reply> {
  return callTool(client, 'audit_progress', { values, ...args }, { meta: { progressToken } })
}

function tokensOf(reply: Reply): unknown[] {
  return getNotifications(reply, 'notifications/progress').map(({ params }) => params?.progressToken)
}

function valuesOf(reply: Reply): unknown[] {
  return getNotifications(reply, 'notifications/progress').map(({ params }) => params?.progress)
}

function echoes(id: `modern/progress/${string}`, title: string, token: string | number): Audit {
  return must(id, 'A15.1', title, async (client) => {
    const reply = await progress(client, [1], token)
    getToolResult(reply)
    expectEqual(tokensOf(reply), [token], 'the token')
  })
}

async function opened(client: Client): Promise<Reply> {
  const reply = await progress(client, [1, 2, 3])
  getToolResult(reply)
  expect(reply.streamed, 'an event stream', reply.headers.get('content-type'))
  return reply
}

export const streams: Audit[] = [
  must(
    'modern/streams/notifications',
    'A8.1',
    'streams what a request reports before its answer',
    async (client) => {
      expectEqual(valuesOf(await opened(client)), [1, 2, 3], 'the progress')
    },
  ),
  should('modern/streams/final-last', 'A8.4', 'ends the stream with the answer', async (client) => {
    const { messages } = await opened(client)
    expectEqual(
      messages.map((message) => 'result' in message),
      [false, false, false, true],
      'which are answers',
    )
  }),
  should('modern/streams/no-buffering', 'A8.5', 'asks proxies not to buffer', async (client) => {
    expectEqual((await opened(client)).headers.get('x-accel-buffering'), 'no', 'X-Accel-Buffering')
  }),
  must(
    'modern/streams/one-message-an-event',
    'A2.7',
    'puts one JSON-RPC message in each event',
    async (client) => {
      const { events, messages } = await opened(client)
      expectEqual(messages.length, events.filter(({ data }) => data).length, 'the number of messages')
      for (const { jsonrpc } of messages) expectEqual(jsonrpc, '2.0', 'jsonrpc')
    },
  ),
  should('modern/streams/event-name', 'A2.7', 'names no event but message', async (client) => {
    for (const { event = 'message' } of (await opened(client)).events) expectEqual(event, 'message', 'event')
  }),
  must('modern/streams/no-resumption', 'A8.7', 'sends neither event ids nor retry', async (client) => {
    for (const { id, retry } of (await opened(client)).events)
      expect(id === undefined && retry === undefined, 'neither id nor retry', { id, retry })
  }),
  must('modern/streams/line-breaks', 'A1.1', 'keeps text with line breaks in one event', async (client) => {
    const reply = await progress(client, [1, 2], 'audit', { message: SPECIAL })
    getToolResult(reply)
    expectEqual(
      reply.messages.map(({ params }) => at(params, 'message')),
      [SPECIAL, SPECIAL, undefined],
      'the texts',
    )
  }),
  must(
    'modern/streams/own-messages',
    'A8.2',
    'keeps changes off the stream of the request that made them',
    async (client) => {
      const reply = await callTool(
        client,
        'audit_change',
        { what: 'tools' },
        { headers: { accept: 'text/event-stream' } },
      )
      getToolResult(reply)
      expectEqual(getNotifications(reply), [], 'the notifications')
    },
  ),
  must('modern/streams/no-cancelled', 'A9.3', 'sends no notifications/cancelled', async (client) => {
    const reply = await callTool(client, 'audit_cancel_client')
    getToolResult(reply)
    expectEqual(getNotifications(reply), [], 'the notifications')
  }),
  must('modern/streams/concurrent', 'A8.2', 'keeps two streams apart', async (client) => {
    const tokens = ['one', 'two']
    const replies = await Promise.all(tokens.map((token) => progress(client, [1, 2], token)))
    expectEqual(
      replies.map(tokensOf),
      [
        ['one', 'one'],
        ['two', 'two'],
      ],
      'the tokens',
    )
  }),
  echoes('modern/progress/string-token', 'echoes a token that is a string of digits', '7'),
  echoes('modern/progress/integer-token', 'echoes a token that is an integer', 7),
  echoes('modern/progress/zero-token', 'takes 0 for a token', 0),
  echoes('modern/progress/empty-token', 'takes "" for a token', ''),
  must('modern/progress/increasing', 'A15.2', 'sends only progress that increases', async (client) => {
    expectEqual(valuesOf(await progress(client, [1, 3, 2, 3, 4.5])), [1, 3, 4.5], 'the progress')
  }),
  must(
    'modern/progress/no-token',
    'A15.1',
    'sends no progress to a client that gave no token',
    async (client) => {
      const reply = await callTool(client, 'audit_progress', { values: [1, 2] })
      getToolResult(reply)
      expectEqual(getNotifications(reply), [], 'the notifications')
    },
  ),
  must(
    'modern/progress/other-token',
    'A15.1',
    'sends no progress under a token that nobody gave',
    async (client) => {
      const reply = await progress(client, [1, 2], 'mine', { token: 'theirs' })
      getToolResult(reply)
      expectEqual(getNotifications(reply), [], 'the notifications')
    },
  ),
  must('modern/progress/after-answer', 'A15.2', 'sends no progress after the answer', async (client) => {
    const reply = await callTool(client, 'audit_late_progress', {}, { meta: { progressToken: 'late' } })
    getToolResult(reply)
    expectEqual(valuesOf(reply), [1], 'the progress')
  }),
]
