import { type Audit, must, should } from '../../audit.ts'
import type { Client, Headers } from '../../client.ts'
import type { ServerSentEvent } from '../../event-parser.ts'
import type { Stream } from '../../events.ts'
import { expect, expectEqual, expectStatus, isObject } from '../../expect.ts'
import { needCapability, needTool } from '../../offers.ts'
import { type Json, type Message, type Reply, readReply } from '../../reply.ts'
import { buildPost } from '../../requests.ts'

type Run = (client: Client, session: Headers) => Promise<void>

/** On a session of its own; a server that opens none has nothing to be asked about it. */
const inSession =
  (run: Run, capabilities: Json = {}) =>
  async (client: Client): Promise<void> => {
    const session = await client.openSession(capabilities)
    if (session) await run(client, session)
  }

const ping = { jsonrpc: '2.0', id: 'ping', method: 'ping' }

const call = (name: string, args: Json = {}): Json => ({
  jsonrpc: '2.0',
  id: 'call',
  method: 'tools/call',
  params: { name, arguments: args, _meta: { progressToken: 'audit' } },
})

/** Calls a tool that reports progress, and finds the first event that a client could resume after. */
async function streamProgress(
  client: Client,
  session: Headers,
): Promise<{ reply: Reply; first: ServerSentEvent | undefined }> {
  await needTool(client, 'legacy', 'audit_progress')
  const reply = await client.send(buildPost(call('audit_progress', { values: [1, 2, 3] }), session))
  return { reply, first: reply.events.find(({ id, data }) => id !== undefined && data) }
}

/** The standalone stream; undefined where the server offers none. */
async function listen(client: Client, session: Headers): Promise<Stream | undefined> {
  const response = await client.fetchSession('GET', session)
  if (response.status === 405) return undefined
  expectEqual(response.status, 200, 'the status of GET')
  return client.read(response)
}

async function nextNotification(stream: Stream, method: string): Promise<Message> {
  for (let message = await stream.next(); message; message = await stream.next()) {
    if (message.method === method) return message
  }
  throw new Error(`expected ${method} on the standalone stream, got its end`)
}

/** Has a tool ask the client, and answers on another request. */
function asksAndHears(what: string, answer: Json): Audit {
  const capabilities = { sampling: {}, elicitation: {}, roots: {} }
  return must(
    `legacy/sessions/asks-${what}`,
    'B3.2',
    `takes the answer to a question (${what}) on another request`,
    inSession(async (client, session) => {
      await needTool(client, 'legacy', 'audit_ask')
      const stream = await client.read(await client.fetch(buildPost(call('audit_ask', { what }), session)))
      const question = await stream.next()
      expect(typeof question?.method === 'string' && 'id' in question, 'a question', question)
      expectStatus(await client.post({ jsonrpc: '2.0', id: question.id, result: answer }, session), 202)
      const final = await stream.next()
      expectEqual(final?.id, 'call', 'the id of the answer')
      expect(JSON.stringify(final?.result).includes('audit-answer'), 'what the client answered', final)
    }, capabilities),
  )
}

export const sessions: Audit[] = [
  must(
    'legacy/sessions/unknown',
    'B6.4',
    'answers 404 to a session that there is not, whatever the method',
    inSession(async (client, session) => {
      const unknown = { ...session, 'mcp-session-id': crypto.randomUUID() }
      expectStatus(await client.post(ping, unknown), 404)
      for (const method of ['GET', 'DELETE'] as const) {
        const { status } = await client.fetchSession(method, unknown)
        expect([404, 405].includes(status), `HTTP 404 or 405 to ${method}`, status)
      }
    }),
  ),
  should(
    'legacy/sessions/missing',
    'B6.3',
    'answers 400 to a request without a session',
    inSession(async (client, { 'mcp-session-id': _, ...headers }) => {
      expectStatus(await client.post(ping, headers), 400)
    }),
  ),
  must(
    'legacy/sessions/ends',
    'B6.4',
    'answers 404 to a session that was ended',
    inSession(async (client, session) => {
      const { status, ok } = await client.fetchSession('DELETE', session)
      if (status === 405) return
      expect(ok, 'HTTP 2xx or 405 to DELETE', status)
      expectStatus(await client.post(ping, session), 404)
    }),
  ),
  should(
    'legacy/sessions/starts-over',
    'B6.4',
    'opens a new session for a client whose own is gone',
    inSession(async (client) => {
      const reply = await client.initialize('2025-11-25', { headers: { 'mcp-session-id': 'gone' } })
      const id = reply.headers.get('mcp-session-id')
      expect(reply.status === 200 && id !== null && id !== 'gone', 'a new session', [reply.status, id])
    }),
  ),
  must(
    'legacy/sessions/version',
    'B7.3',
    'answers 400 to a version that there is not',
    inSession(async (client, session) => {
      expectStatus(await client.post(ping, { ...session, 'mcp-protocol-version': '1999-01-01' }), 400)
    }),
  ),
  asksAndHears('sampling', {
    model: 'audit',
    role: 'assistant',
    content: { type: 'text', text: 'audit-answer' },
  }),
  asksAndHears('elicitation', { action: 'accept', content: { which: 'audit-answer' } }),
  asksAndHears('roots', { roots: [{ uri: 'file:///audit-answer' }] }),
  must(
    'legacy/sessions/one-stream',
    'B3.9',
    'sends what belongs to a request on its stream alone',
    inSession(async (client, session) => {
      await needTool(client, 'legacy', 'audit_progress')
      await needTool(client, 'legacy', 'audit_change')
      const stream = await listen(client, session)
      if (!stream) return
      await client.send(buildPost(call('audit_progress', { values: [1, 2] }), session))
      await client.send(buildPost(call('audit_change', { what: 'tools' }), session))
      const first = await stream.next()
      expectEqual(first?.method, 'notifications/tools/list_changed', 'the first message of the other stream')
    }),
  ),
  should(
    'legacy/sessions/announces',
    'B4.3',
    'announces changes of resources to who asked',
    inSession(async (client, session) => {
      await needCapability(client, 'legacy', 'resources', 'subscribe')
      await needTool(client, 'legacy', 'audit_change')
      const stream = await listen(client, session)
      if (!stream) return
      const uri = 'audit://watched'
      const subscribe = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri } }
      const { messages } = await client.post(subscribe, session)
      if (messages.at(-1)?.error?.code === -32601) return
      await client.send(buildPost(call('audit_change', { what: 'resource', uri }), session))
      const { params } = await nextNotification(stream, 'notifications/resources/updated')
      expectEqual(params?.uri, uri, 'the URI')
    }),
  ),
  must(
    'legacy/sessions/resumes',
    'B5.3',
    'resumes the stream of a request where it says that it can',
    inSession(async (client, session) => {
      const { reply, first } = await streamProgress(client, session)
      if (first === undefined) return
      const resumed = await readReply(
        await client.fetchSession('GET', { ...session, 'last-event-id': first.id as string }),
        'call',
      )
      expectStatus(resumed, 200)
      expectEqual(resumed.messages, reply.messages.slice(1), 'what followed')
    }),
  ),
  must(
    'legacy/sessions/apart',
    'B5.4',
    'shows a session nothing of another',
    inSession(async (client, session) => {
      const { first } = await streamProgress(client, session)
      const other = await client.openSession()
      if (first === undefined || !other) return
      const response = await client.fetchSession('GET', { ...other, 'last-event-id': first.id as string })
      if (response.status >= 400) return
      const stream = await client.read(response)
      await client.send(buildPost(call('audit_change', { what: 'tools' }), other))
      const message = await stream.next()
      const isForeign = isObject(message?.params) && message.params.progressToken === 'audit'
      expect(!isForeign, 'nothing of the other session', message)
    }),
  ),
]
