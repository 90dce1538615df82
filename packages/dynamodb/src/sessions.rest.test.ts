import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DynamoDBEventStore, DynamoDBSessionStore } from './index.ts'
import { clientOf, type LocalDynamoDB, startDynamoDB } from './testing/dynamodb.ts'

let dynamodb: LocalDynamoDB

beforeAll(async () => {
  dynamodb = await startDynamoDB()
  await dynamodb.createTable('sessions', 'sessionId')
  await dynamodb.createTable('events', 'scope', 'event')
})
afterAll(() => dynamodb.close())

function node(client = dynamodb.client()) {
  const store = new DynamoDBSessionStore({ client, tableName: 'sessions' })
  const eventStore = new DynamoDBEventStore({ client, tableName: 'events' })
  const factory = () => {
    const server = new McpServer({ name: 'kept', version: '1.0.0' })
    server.registerTool('who', {}, () => ({
      content: [{ type: 'text', text: String(server.server.getClientVersion()?.name) }],
    }))
    return server
  }
  return createMcpHandler(factory, { legacy: sessions({ store, eventStore }) })
}

const request = (message: object | undefined, headers: Record<string, string> = {}, method = 'POST') =>
  new Request('http://localhost/mcp', {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: message && JSON.stringify({ jsonrpc: '2.0', ...message }),
  })

const INITIALIZE = {
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'Ada', version: '1.0.0' },
  },
}
const CALL = { id: 2, method: 'tools/call', params: { name: 'who', arguments: {} } }

async function begin(handler: ReturnType<typeof node>): Promise<Record<string, string>> {
  const response = await handler.fetch(request(INITIALIZE))
  await response.text()
  return {
    'mcp-session-id': response.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-11-25',
  }
}

it('serves a session on a node that has never seen it, and replays what the first one sent', async () => {
  const [one, other] = [node(), node()]
  const session = await begin(one)
  const called = await (await one.fetch(request(CALL, session))).text()
  await one.close()
  expect(await (await other.fetch(request(CALL, session))).text()).toContain('"text":"Ada"')
  const primed = /^id: (\S+)/m.exec(called)?.[1] ?? ''
  const resumed = await other.fetch(request(undefined, { ...session, 'last-event-id': primed }, 'GET'))
  expect(await resumed.text()).toContain('"text":"Ada"')
  expect((await other.fetch(request(undefined, session, 'DELETE'))).ok).toBe(true)
  expect((await node().fetch(request(CALL, session))).status).toBe(404)
})

it('answers 503 while DynamoDB cannot be reached', async () => {
  const session = await begin(node())
  const stranded = node(clientOf(1))
  expect((await stranded.fetch(request(CALL, session))).status).toBe(503)
  expect((await stranded.fetch(request(INITIALIZE))).status).toBe(503)
})

it.each([2, 3600, 86_400])(
  'keeps an idle session for the %d seconds that the store was given',
  async (ttlSeconds) => {
    const store = new DynamoDBSessionStore({ client: dynamodb.client(), tableName: 'sessions', ttlSeconds })
    const handler = createMcpHandler(() => new McpServer({ name: 'kept', version: '1.0.0' }), {
      legacy: sessions({ store }),
    })
    const session = await begin(handler)
    const record = await store.getSession(session['mcp-session-id'] ?? '')
    const seconds = (Number(record?.expiresAt) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(ttlSeconds - 1)
    expect(seconds).toBeLessThan(ttlSeconds * 1.1 + 1)
    await handler.close()
  },
)
