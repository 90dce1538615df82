import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { callTool, officialClients, textOf } from '@portico-example/testing/examples'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { ISOLATES, type Isolate, Isolates } from './testing/isolates.ts'

let isolates: Isolates
const clients: Client[] = []

beforeAll(async () => {
  isolates = await Isolates.start(new URL('./testing/sessions-worker.ts', import.meta.url))
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})
afterAll(() => isolates?.stop())

/** Sends each request to the isolate that is chosen for it. */
async function connect(
  choose: (request: { method: string }) => Isolate,
): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> {
  const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  const transport = new StreamableHTTPClientTransport(new URL(isolates.url('one')), {
    fetch: (_, init) => fetch(isolates.url(choose({ method: init?.method ?? 'GET' })), init),
    reconnectionOptions: {
      initialReconnectionDelay: 50,
      maxReconnectionDelay: 200,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 50,
    },
  })
  clients.push(client)
  await client.connect(transport)
  return { client, transport }
}

/** Chooses one isolate after the other. */
function alternate(): () => Isolate {
  let count = 0
  return () => ISOLATES[count++ % 2] as Isolate
}

async function callText(client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args })
  return (content as [{ text: string }])[0].text
}

it.each(Object.entries(officialClients))('serves the official client %s', async (_, open) => {
  const official = await open(isolates.url('two'))
  expect(textOf(await callTool(official, 'announce'))).toBe('announced')
  await official.close()
})

it('serves one session on both isolates', async () => {
  const { client, transport } = await connect(alternate())
  const seen = new Set<string>()
  for (let call = 0; call < 4; call++) {
    const [name, isolate, sessionId] = JSON.parse(await callText(client, 'who'))
    expect([name, sessionId]).toEqual(['Ann', transport.sessionId])
    seen.add(isolate)
  }
  expect(seen.size).toBe(2)
})

it('takes an answer on one isolate to the question of another', async () => {
  let questions = 0
  // The call is on one isolate, and what follows while it runs on the other.
  let isCalling = false
  const { client } = await connect(() => {
    const isolate = isCalling ? 'two' : 'one'
    return isolate
  })
  client.setRequestHandler(ElicitRequestSchema, async () => {
    questions++
    isCalling = true
    return { action: 'accept', content: { name: 'Ada' } }
  })
  const [, one] = JSON.parse(await callText(client, 'who'))
  expect(await callText(client, 'ask')).toBe(`Ada on ${one}`)
  expect(questions).toBe(1)
})

it('tells a client on one isolate of a change on another', async () => {
  let changes = 0
  const { client } = await connect(({ method }) => (method === 'GET' ? 'one' : 'two'))
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
  await vi.waitFor(
    async () => {
      await callText(client, 'announce')
      expect(changes).toBeGreaterThan(0)
    },
    { timeout: 20_000 },
  )
})

it('goes on with a session after all of workerd was started again', async () => {
  const choose = alternate()
  const { client, transport } = await connect(choose)
  const [, before] = JSON.parse(await callText(client, 'who'))
  await isolates.restart()
  const [name, after, sessionId] = JSON.parse(await callText(client, 'who'))
  expect([name, sessionId]).toEqual(['Ann', transport.sessionId])
  expect(after).not.toBe(before)
})

it('finishes a call whose client has lost its connection, and replays it on another isolate', async () => {
  let isolate: Isolate = 'one'
  const heard: unknown[] = []
  const controller = new AbortController()
  const client = new Client({ name: 'Ann', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(isolates.url('one')), {
    fetch: async (_, init) => {
      const isCall = String(init?.body).includes('"count"')
      const response = await fetch(isolates.url(isolate), {
        ...init,
        ...(isCall && { signal: controller.signal }),
      })
      return response
    },
    reconnectionOptions: {
      initialReconnectionDelay: 50,
      maxReconnectionDelay: 200,
      reconnectionDelayGrowFactor: 1.5,
      maxRetries: 50,
    },
  })
  clients.push(client)
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
    heard.push(params.data)
    if (heard.length !== 2) return
    isolate = 'two'
    controller.abort()
  })
  await client.connect(transport)
  expect(await callText(client, 'count', { to: 8, pauseMs: 150 })).toBe('counted to 8')
  expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

it('ends a session on every isolate', async () => {
  const { client, transport } = await connect(alternate())
  const { sessionId } = transport
  await callText(client, 'who')
  await transport.terminateSession()
  for (const isolate of ISOLATES) {
    const response = await fetch(isolates.url(isolate), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': String(sessionId),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    expect(response.status).toBe(404)
  }
})
