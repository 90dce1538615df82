import { type Audit, must, should } from '../../audit.ts'
import type { Client } from '../../client.ts'
import {
  expect,
  expectAllowsPost,
  expectAnswerType,
  expectEqual,
  expectStatus,
  getResult,
} from '../../expect.ts'
import { MODERN_VERSION, modernHeaders } from '../../protocol.ts'
import type { Reply } from '../../reply.ts'

const METHOD = 'server/discover'

/** Sends a good request with another content type, or without one. */
function withContentType(client: Client, contentType: string | undefined): Promise<Reply> {
  const { init } = client.modernInit(METHOD, {}, { headers: { 'content-type': contentType } })
  // bytes have no content type of their own
  return client.send({ ...init, body: new TextEncoder().encode(init.body as string) })
}

function without(client: Client, method: string): Promise<Reply> {
  return client.send({ method, headers: { 'mcp-protocol-version': MODERN_VERSION } })
}

export const http: Audit[] = [
  should('modern/http/get', 'A2.1', 'answers 405 to GET', async (client) => {
    expectStatus(await without(client, 'GET'), 405)
  }),
  should('modern/http/delete', 'A2.1', 'answers 405 to DELETE', async (client) => {
    expectStatus(await without(client, 'DELETE'), 405)
  }),
  must('modern/http/put', 'A2.1', 'answers 405 to PUT', async (client) => {
    const { init } = client.modernInit(METHOD, {}, {})
    expectStatus(await client.send({ ...init, method: 'PUT' }), 405)
  }),
  must('modern/http/allow', 'A2.1', 'names POST in the Allow header of a 405', async (client) => {
    const reply = await without(client, 'PATCH')
    expectStatus(reply, 405)
    expectAllowsPost(reply.headers)
  }),
  should('modern/http/text-body', 'A2.8', 'answers 415 to a body that is not JSON', async (client) => {
    expectStatus(await withContentType(client, 'text/plain'), 415)
  }),
  should('modern/http/form-body', 'A2.8', 'answers 415 to a body that a form could send', async (client) => {
    expectStatus(await withContentType(client, 'application/x-www-form-urlencoded'), 415)
  }),
  should(
    'modern/http/no-content-type',
    'A2.8',
    'answers 415 to a body without a content type',
    async (client) => {
      expectStatus(await withContentType(client, undefined), 415)
    },
  ),
  should(
    'modern/http/json-like-body',
    'A2.8',
    'answers 415 to a type that only begins like JSON',
    async (client) => {
      expectStatus(await withContentType(client, 'application/json-patch+json'), 415)
    },
  ),
  must(
    'modern/http/content-type-parameters',
    'A2.4',
    'takes JSON with a charset parameter',
    async (client) => {
      getResult(await withContentType(client, 'application/json; charset=utf-8'))
    },
  ),
  must('modern/http/content-type-case', 'A2.4', 'takes the content type in any case', async (client) => {
    getResult(await withContentType(client, 'Application/JSON'))
  }),
  must(
    'modern/http/json-answer',
    'A2.7',
    'answers with one JSON object or an event stream',
    async (client) => {
      const reply = await client.modern(METHOD)
      getResult(reply)
      expectEqual(reply.messages.length, 1, 'the number of messages')
      expectAnswerType(reply)
    },
  ),
  must('modern/http/json-error', 'A2.7', 'answers a refusal in JSON', async (client) => {
    const reply = await client.modern(METHOD, {}, { headers: { 'mcp-method': undefined } })
    expectStatus(reply, 400)
    const type = reply.headers.get('content-type') ?? ''
    expect(type.startsWith('application/json'), 'application/json', type)
  }),
  should('modern/http/session-ignored', '0.2.8', 'ignores Mcp-Session-Id, and mints none', async (client) => {
    const reply = await client.modern(METHOD, {}, { headers: { 'mcp-session-id': 'no-such-session' } })
    getResult(reply)
    expectEqual(reply.headers.get('mcp-session-id'), null, 'Mcp-Session-Id of the answer')
  }),
  should('modern/http/last-event-id-ignored', '0.2.8', 'ignores Last-Event-ID', async (client) => {
    getResult(await client.modern(METHOD, {}, { headers: { 'last-event-id': '42' } }))
  }),
  must('modern/http/header-names', 'A4.5', 'takes header names in any case', async (client) => {
    const { init } = client.modernInit(METHOD, {}, { headers: { 'mcp-method': undefined } })
    getResult(await client.send({ ...init, headers: { ...(init.headers as object), 'MCP-METHOD': METHOD } }))
  }),
  must(
    'modern/http/interleaved-eras',
    '0.2.2',
    'serves a request the same after one of another era',
    async (client) => {
      const before = getResult(await client.modern(METHOD))
      await client.initialize('2025-06-18')
      const after = getResult(await client.modern(METHOD))
      expectEqual(after.supportedVersions, before.supportedVersions, 'supportedVersions')
    },
  ),
  must('modern/http/head', 'A2.1', 'does not serve HEAD', async (client) => {
    const { status } = await without(client, 'HEAD')
    expect(status >= 400 && status < 500, 'HTTP 4xx', status)
  }),
  must('modern/http/notification', 'A2.5', 'answers 202 without a body to a notification', async (client) => {
    const method = 'notifications/audit'
    const reply = await client.post({ jsonrpc: '2.0', method, params: metaOf(client) }, modernHeaders(method))
    expectStatus(reply, 202)
    expectEqual(reply.text, '', 'the body')
  }),
  should(
    'modern/http/stray-cancelled',
    'A9.4',
    'tolerates a notifications/cancelled that it never expects',
    async (client) => {
      const method = 'notifications/cancelled'
      const params = { ...metaOf(client), requestId: 'no-such-request' }
      expectStatus(await client.post({ jsonrpc: '2.0', method, params }, modernHeaders(method)), 202)
    },
  ),
]

function metaOf(client: Client): { _meta: unknown } {
  const { init } = client.modernInit(METHOD, {}, {})
  return { _meta: JSON.parse(init.body as string).params._meta }
}
