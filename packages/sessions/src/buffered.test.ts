import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { InMemoryEventStore, type SessionsOptions, sessions } from './index.ts'
import { EventReader, RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const SSE = { accept: 'text/event-stream' }

/** A client of an adapter that buffers responses, such as a Lambda function without response streaming. */
function connect(options: SessionsOptions) {
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, { legacy: sessions(options) })
  return { stage, client: new RawClient(handler, { streaming: false }) }
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 'first',
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'sse', version: '1' },
  },
}

/** Reads a response as a buffering adapter does: the body has to end before the client gets anything. */
async function readBuffered(response: Response): Promise<any[]> {
  const { status, headers } = response
  expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const body = await response.arrayBuffer()
  return new EventReader(new Response(body, { headers })).rest()
}

describe.each([
  ['with an event store', () => ({ eventStore: new InMemoryEventStore() })],
  ['without an event store', () => ({})],
])('a client that accepts only event streams, behind an adapter that buffers, %s', (_, options) => {
  async function open() {
    const { stage, client } = connect(options())
    const response = await client.send('POST', INITIALIZE, SSE)
    client.sessionId = response.headers.get('mcp-session-id') ?? undefined
    const messages = await readBuffered(response)
    await client.notify('notifications/initialized')
    return { stage, client, messages }
  }

  it('gets the result of initialize as a finished stream', async () => {
    const { client, messages } = await open()
    expect(client.sessionId).toEqual(expect.any(String))
    expect(messages).toMatchObject([{ id: 'first', result: { protocolVersion: '2025-11-25' } }])
  })

  it('gets the answer of a call as a finished stream, after its notifications', async () => {
    const { client } = await open()
    const call = await client.tool('log', { related: true }, SSE)
    const messages = await readBuffered(call)
    expect(messages.map((message) => message.method ?? message.result.content[0].text)).toEqual([
      'notifications/message',
      'notifications/message',
      'logged',
    ])
  })

  it('gets an error of a call as a finished stream', async () => {
    const { client } = await open()
    const messages = await readBuffered(await client.call('no/such-method', {}, SSE))
    expect(messages).toMatchObject([{ error: { code: -32601 } }])
  })

  it('is not asked during a call, since the question would reach it only with the answer', async () => {
    const { client } = await open()
    const messages = await readBuffered(await client.tool('ask', { related: true }, SSE))
    expect(messages).toMatchObject([{ result: { isError: true } }])
  })

  it('gets no GET stream, which would never be finished', async () => {
    const { client } = await open()
    const response = await client.send('GET', undefined, SSE)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
    expect((await client.call('ping')).status).toBe(200)
  })
})
