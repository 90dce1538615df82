import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { expect, it, vi } from 'vitest'
import { RedisBus, type RedisConnection, RedisEventStore, RedisSessionStore } from './index.ts'
import { closeAfterEach, connect, startRedis, until } from './testing/nodes.ts'
import { describeRedis, type RedisServer } from './testing/redis-server.ts'

const MCP_URL = 'http://localhost/mcp'

closeAfterEach()

let open: (() => void) | undefined

function startNode(server: RedisServer): McpHttpHandler {
  return serveOver(connect({ url: server.url, timeoutMs: 1000 }))
}

function serveOver(redis: RedisConnection, onerror?: (error: Error) => void): McpHttpHandler {
  const bus = new RedisBus(redis)
  const build = (): McpServer => {
    const server = new McpServer(
      { name: 'a', version: '1' },
      { capabilities: { resources: { subscribe: true } } },
    )
    server.registerTool('ask', {}, async () => {
      const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
      const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
      return { content: [{ type: 'text', text: String(content?.name) }] }
    })
    server.registerTool('wait', {}, async () => {
      await new Promise<void>((resolve) => {
        open = resolve
      })
      return { content: [{ type: 'text', text: 'waited' }] }
    })
    return server
  }
  const legacy = sessions({
    store: new RedisSessionStore(redis),
    eventStore: new RedisEventStore(redis),
    bus,
  })
  return createMcpHandler(build, { bus, legacy, ...(onerror && { onerror }) })
}

async function openSession(handler: McpHttpHandler): Promise<Record<string, string>> {
  const opened = await post(handler, INITIALIZE, {})
  await opened.text()
  return {
    'mcp-session-id': String(opened.headers.get('mcp-session-id')),
    'mcp-protocol-version': '2025-11-25',
  }
}

function listen(handler: McpHttpHandler, session: Record<string, string>): Promise<Response> {
  return handler.fetch(new Request(MCP_URL, { headers: { accept: 'text/event-stream', ...session } }))
}

function post(handler: McpHttpHandler, message: object, headers: Record<string, string>): Promise<Response> {
  return handler.fetch(
    new Request(MCP_URL, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    }),
  )
}

const INITIALIZE = {
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
}

const callOf2026 = (name: string): [object, Record<string, string>] => [
  {
    method: 'tools/call',
    params: {
      name,
      arguments: {},
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
  { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name },
]

describeRedis('sessions over Redis', () => {
  it('are served by any node: answers, changes and streams find their way', async () => {
    const server = await startRedis()
    const nodes = [startNode(server), startNode(server), startNode(server)]
    let turn = 0
    const fetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
      nodes[turn++ % nodes.length]!.fetch(new Request(input, init))
    const clients = await Promise.all(
      Array.from({ length: 25 }, async (_, number) => {
        const client = new Client({ name: 'c', version: '1' }, { capabilities: { elicitation: {} } })
        const heard: string[] = []
        const content = { name: `n${number}` }
        client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content }))
        client.setNotificationHandler(
          ResourceUpdatedNotificationSchema,
          ({ params }) => void heard.push(params.uri),
        )
        const transport = new StreamableHTTPClientTransport(new URL(MCP_URL), { fetch })
        await client.connect(transport)
        await client.subscribeResource({ uri: `doc://${number}` })
        return { client, transport, heard, number }
      }),
    )
    for (let round = 1; round <= 3; round++) {
      const answers = await Promise.all(clients.map(({ client }) => client.callTool({ name: 'ask' })))
      expect(answers.map(({ content }) => (content as { text: string }[])[0]?.text)).toEqual(
        clients.map(({ number }) => `n${number}`),
      )
      for (const { number } of clients) nodes[number % 3]!.notify.resourceUpdated(`doc://${number}`)
      await until(() => clients.every(({ heard }) => heard.length >= round))
    }
    for (const { heard, number } of clients) expect(heard).toEqual(Array(3).fill(`doc://${number}`))
    await Promise.all(clients.map(({ transport }) => transport.terminateSession()))
    await Promise.all(clients.map(({ client }) => client.close()))
    expect(await server.ask('KEYS', '*:session:*')).toEqual([])
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('resume a cancelled call to 204 on every node, and say of a lost one that it is lost', async () => {
    const server = await startRedis()
    const redis = connect({ url: server.url })
    const [a, b] = [serveOver(redis, () => {}), startNode(server)] as const
    const session = await openSession(a)
    const resume = (node: McpHttpHandler, lastEventId: string): Promise<Response> =>
      listen(node, { ...session, 'last-event-id': lastEventId })
    const params = { name: 'wait', arguments: {} }
    const begin = async (id: string): Promise<ReadableStreamDefaultReader<string>> => {
      open = undefined
      const { body } = await post(a, { id, method: 'tools/call', params }, session)
      await until(() => open !== undefined)
      return body!.pipeThrough(new TextDecoderStream()).getReader()
    }
    const idIn = async (reader: ReadableStreamDefaultReader<string>): Promise<string> => {
      let text = ''
      while (!text.includes('id: ')) text += (await reader.read()).value
      return /^id: (\S+)/m.exec(text)?.[1] ?? ''
    }
    const cancelled = await begin('cancelled')
    const primed = await idIn(cancelled)
    const notice = { method: 'notifications/cancelled', params: { requestId: 'cancelled' }, id: undefined }
    expect((await post(b, notice, session)).status).toBe(202)
    let rest = ''
    for (let chunk = await cancelled.read(); !chunk.done; chunk = await cancelled.read()) rest += chunk.value
    expect(rest).not.toContain('jsonrpc')
    for (const node of [b, a]) expect((await resume(node, primed)).status).toBe(204)
    const lost = await idIn(await begin('lost'))
    // what another node sees of a process that died
    await redis.close()
    expect(await (await resume(b, lost)).text()).toContain('"reason":"call-lost"')
    await Promise.all([a.close(), b.close()])
  })

  it('get 503 while Redis hangs, and are kept; what needs no Redis goes on', async () => {
    const server = await startRedis()
    const [a, b] = [startNode(server), startNode(server)] as [McpHttpHandler, McpHttpHandler]
    const session = await openSession(a)
    expect((await post(b, { method: 'ping' }, session)).status).toBe(200)
    const stateless = post(a, ...callOf2026('wait'))
    await until(() => open !== undefined)
    server.pause()
    try {
      for (const node of [a, b, a, b]) {
        const refused = await post(node, { method: 'ping' }, session)
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
      }
      expect((await post(b, INITIALIZE, {})).status).toBe(503)
      a.notify.toolsChanged()
      open?.()
      expect((await stateless).status).toBe(200)
      expect(await (await stateless).text()).toContain('waited')
      const next = post(b, ...callOf2026('nothing'))
      expect(await (await next).text()).toContain('Unknown tool')
    } finally {
      server.resume()
    }
    for (const node of [a, b]) {
      await until(async () => (await post(node, { method: 'ping' }, session)).status === 200)
    }
    await Promise.all([a.close(), b.close()])
  })

  it.each([0, 5000])('report nothing of an orderly stop that drains for %d ms', async (drainTimeoutMs) => {
    const report = vi.fn()
    const server = await startRedis()
    const redis = connect({ url: server.url, onerror: report })
    const node = serveOver(redis, report)
    const stream = async (): Promise<Response> => listen(node, await openSession(node))
    const streams = await Promise.all(Array.from({ length: 5 }, stream))
    const read = streams.map((response) => response.text())
    await new Promise(setImmediate)
    // whatever is asked from now on is still waited for when the connection closes
    server.pause()
    await node.close({ drainTimeoutMs })
    await redis.close()
    await Promise.all(read)
    await new Promise(setImmediate)
    expect(report).not.toHaveBeenCalled()
  })
})
