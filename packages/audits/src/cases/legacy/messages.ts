import { type Audit, must, should } from '../../audit.ts'
import { callLegacyTool } from '../../call.ts'
import type { Client } from '../../client.ts'
import {
  expect,
  expectEqual,
  expectStatus,
  getError,
  getResult,
  getText,
  getToolResult,
  isObject,
} from '../../expect.ts'
import type { Reply } from '../../reply.ts'

type Id = `legacy/messages/${string}`

function accepts(id: Id, section: string, title: string, body: object): Audit {
  return must(id, section, title, async (client) => {
    const reply = await client.postLegacy(body)
    expectStatus(reply, 202)
    expectEqual(reply.text, '', 'the body')
  })
}

function refuses(id: Id, title: string, body: unknown): Audit {
  return must(id, 'B2.4', title, async (client) => {
    const { status } = await client.postLegacy(body)
    expect(status >= 400 && status < 500, 'HTTP 4xx', status)
  })
}

async function raw(
  client: Client,
  body: string | Uint8Array<ArrayBuffer>,
  contentType?: string,
): Promise<Reply> {
  const { 'content-type': json, ...headers } = await client.legacyHeaders()
  const type = contentType ?? json
  return client.send({ method: 'POST', headers: { ...headers, ...(type && { 'content-type': type }) }, body })
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export const messages: Audit[] = [
  accepts('legacy/messages/notification', 'B2.5', 'answers 202 to a notification that it does not know', {
    jsonrpc: '2.0',
    method: 'notifications/audit',
  }),
  accepts('legacy/messages/cancelled', 'B3.8', 'answers 202 to a cancellation', {
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 'no-such-request' },
  }),
  accepts('legacy/messages/roots-changed', 'B2.5', 'answers 202 to changed roots', {
    jsonrpc: '2.0',
    method: 'notifications/roots/list_changed',
  }),
  accepts('legacy/messages/response', 'B2.5', 'answers 202 to a response', {
    jsonrpc: '2.0',
    id: 'no-such-request',
    result: {},
  }),
  accepts('legacy/messages/error-response', 'B2.5', 'answers 202 to a response that is an error', {
    jsonrpc: '2.0',
    id: 'no-such-request',
    error: { code: -32603, message: 'The user is away' },
  }),
  refuses('legacy/messages/null-id', 'refuses the id null', { jsonrpc: '2.0', id: null, method: 'ping' }),
  refuses('legacy/messages/no-jsonrpc', 'refuses a message without jsonrpc', { id: 1, method: 'ping' }),
  refuses('legacy/messages/empty-object', 'refuses an object that is no message', {}),
  refuses('legacy/messages/number', 'refuses a body that is a number', 42),
  refuses('legacy/messages/method-type', 'refuses a method that is no string', {
    jsonrpc: '2.0',
    id: 1,
    method: 1,
  }),
  must('legacy/messages/not-json', 'B10', 'answers -32700 to a body that is no JSON', async (client) => {
    getError(await raw(client, '{"jsonrpc":'), 400, -32700)
  }),
  must('legacy/messages/not-utf-8', 'A1.1', 'answers -32700 to bytes that are no UTF-8', async (client) => {
    getError(await raw(client, new Uint8Array([0x22, 0xff, 0x22])), 400, -32700)
  }),
  should('legacy/messages/text-body', 'B10', 'answers 415 to a body that is not JSON', async (client) => {
    expectStatus(await raw(client, bytes(PING), 'text/plain'), 415)
  }),
  should(
    'legacy/messages/content-type-parameters',
    'B2.4',
    'takes JSON with a charset parameter',
    async (client) => {
      getResult(await raw(client, bytes(PING), 'application/json; charset=UTF-8'))
    },
  ),
  must(
    'legacy/messages/string-id',
    'A1.2',
    'keeps an id that is a string of digits a string',
    async (client) => {
      getResult(await client.legacy('ping', undefined, { id: '70' }))
    },
  ),
  must('legacy/messages/zero-id', 'A1.2', 'echoes the id 0', async (client) => {
    getResult(await client.legacy('ping', undefined, { id: 0 }))
  }),
  must('legacy/messages/unicode', 'A1.1', 'carries every character of a text both ways', async (client) => {
    const text = 'Zürich 🙂 \u2028 "quoted"\r\n'
    expectEqual(
      getText(getToolResult(await callLegacyTool(client, 'audit_echo', { text }))),
      text,
      'the text',
    )
  }),
  should('legacy/messages/error-shape', 'A7.5', 'gives refusals a code and a message', async (client) => {
    const { messages, text } = await raw(client, '{')
    const error = messages[0]?.error
    expect(
      isObject(error) && Number.isInteger(error.code) && typeof error.message === 'string',
      'an error',
      text,
    )
  }),
]
