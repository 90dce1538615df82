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

/** The status of a GET or DELETE on a session; a stream is left at once. */
async function send(client: Client, method: string): Promise<Response> {
  const { 'content-type': _, ...headers } = await client.legacyHeaders()
  const leaving = new AbortController()
  const accept = 'text/event-stream'
  const response = await client.fetch({ method, headers: { ...headers, accept }, signal: leaving.signal })
  response.body?.cancel().catch(() => {})
  leaving.abort()
  return response
}

export const http: Audit[] = [
  must('legacy/http/get', 'B4.1', 'answers GET with a stream or 405', async (client) => {
    const { status, headers } = await send(client, 'GET')
    if (status === 405) return
    expectEqual([status, headers.get('content-type')], [200, 'text/event-stream'], 'status and content type')
  }),
  must('legacy/http/allow', 'B10', 'names what it allows when it answers 405', async (client) => {
    const { status, headers } = await send(client, 'PATCH')
    expectEqual(status, 405, 'the status')
    expectAllowsPost(headers)
  }),
  must(
    'legacy/http/delete',
    'B6.5',
    'answers 405 to DELETE where there is no session to end',
    async (client) => {
      if ((await client.legacyHeaders())['mcp-session-id'] !== undefined) {
        const { status } = await client.send({ method: 'DELETE' })
        return expect(status >= 400 && status < 500, 'HTTP 4xx to a DELETE without a session', status)
      }
      expectEqual((await send(client, 'DELETE')).status, 405, 'the status')
    },
  ),
  should(
    'legacy/http/unacceptable',
    'B10',
    'answers 406 to a client that takes neither JSON nor streams',
    async (client) => {
      expectStatus(await client.legacy('ping', undefined, { headers: { accept: 'text/html' } }), 406)
    },
  ),
  should(
    'legacy/http/json-only',
    'B2.6',
    'answers one that takes JSON only in JSON, or refuses it',
    async (client) => {
      const reply = await client.legacy('ping', undefined, { headers: { accept: 'application/json' } })
      expectStatus(reply, 200, 406)
      expect(!reply.streamed, 'no stream', reply.text)
    },
  ),
  should(
    'legacy/http/stream-only',
    'B2.6',
    'answers one that takes streams only with a stream, or refuses it',
    async (client) => {
      const reply = await client.legacy('ping', undefined, { headers: { accept: 'text/event-stream' } })
      expectStatus(reply, 200, 406)
      if (reply.status === 200) expect(reply.streamed, 'a stream', reply.text)
    },
  ),
  must('legacy/http/answer-type', 'B2.6', 'answers with JSON or an event stream', async (client) => {
    const reply = await client.legacy('ping')
    getResult(reply)
    expectAnswerType(reply)
  }),
]
