import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { createMcpHandler, McpServer, type McpServerLike } from '@portico-mcp/core'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SessionsOptions } from './options.ts'
import { sessions } from './sessions.ts'
import { InMemorySessionStore } from './store/in-memory-session-store.ts'
import { InMemoryEventStore } from './streams/in-memory-event-store.ts'

const CLASSES: [string, typeof SdkMcpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
  ['a 2.x McpServer', McpServer2 as unknown as typeof SdkMcpServer],
]
const URL_UNDER_TEST = new URL('http://localhost/mcp')
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>

/** A client that has one root; `streams` says whether it opens a stream when it is initialized. */
async function connect(fetch: (request: Request) => Promise<Response>, streams = true) {
  const asked = vi.fn()
  const client = new Client({ name: 'roots', version: '1' }, { capabilities: { roots: {} } })
  client.setRequestHandler(ListRootsRequestSchema, () => {
    asked()
    return { roots: [{ uri: 'file:///home' }] }
  })
  const through: Fetch = async (input, init) => {
    if (init?.method === 'GET') {
      if (!streams) return new Response(null, { status: 405 })
      await pause(50)
    }
    return fetch(new Request(input, init))
  }
  const transport = new StreamableHTTPClientTransport(URL_UNDER_TEST, { fetch: through })
  await client.connect(transport as never)
  onTestFinished(() => client.close())
  return { client, asked, transport }
}

/** A server that denies access to paths outside of its client's roots. */
function filesystem(Server: typeof SdkMcpServer, ask: 'oninitialized' | 'connect'): McpServerLike {
  const server = new Server({ name: 'files', version: '1' }, { capabilities: { tools: {} } })
  let allowed = ''
  const learn = async () => {
    const { roots } = await server.server.listRoots()
    allowed = roots.map(({ uri }) => uri).join(' ')
  }
  server.registerTool('list', {}, async () => ({
    content: [{ type: 'text', text: allowed || 'Access denied' }],
  }))
  if (ask === 'oninitialized') server.server.oninitialized = () => learn().catch(() => {})
  else {
    const { connect } = server
    server.connect = async (transport) => {
      await connect.call(server, transport)
      await learn()
    }
  }
  return server
}

function serve(factory: () => McpServerLike, options: SessionsOptions = {}) {
  const onerror = vi.fn()
  const handler = createMcpHandler(factory, { legacy: sessions(options), onerror })
  onTestFinished(() => handler.close())
  return { handler, onerror }
}

const list = async (client: Client): Promise<unknown> => {
  const { content } = await client.callTool({ name: 'list' })
  return (content as { text: string }[])[0]?.text
}

describe.each(CLASSES)('what %s asks before its first request', (_, Server) => {
  it.each([
    ['oninitialized', undefined],
    ['oninitialized', new InMemoryEventStore()],
    ['connect', undefined],
  ] as const)(
    'in %s waits for the stream of the client, and the call for the answer',
    async (ask, eventStore) => {
      const { handler } = serve(() => filesystem(Server, ask), { ...(eventStore && { eventStore }) })
      const { client, asked } = await connect(handler.fetch)
      expect(await list(client)).toBe('file:///home')
      expect(asked).toHaveBeenCalledTimes(1)
    },
  )

  it('goes on the stream of a call where the client opens no other', async () => {
    const { handler } = serve(() => filesystem(Server, 'oninitialized'))
    const { client } = await connect(handler.fetch, false)
    expect(await list(client)).toBe('file:///home')
  })

  it('is asked anew on the node that a session moves to', async () => {
    const store = new InMemorySessionStore()
    const build = () => filesystem(Server, 'oninitialized')
    const nodes = [serve(build, { store }).handler, serve(build, { store }).handler]
    let node = 0
    const { client } = await connect((request) => nodes[node]!.fetch(request))
    node = 1
    expect(await list(client)).toBe('file:///home')
  })
})

describe('a connect() over sessions', () => {
  const connecting = (then: (server: McpServer) => Promise<void>) => {
    const server = new McpServer({ name: 'slow', version: '1' })
    server.registerTool('list', {}, async () => ({ content: [{ type: 'text', text: 'listed' }] }))
    const { connect } = server
    server.connect = async (transport) => {
      await connect.call(server, transport)
      await then(server)
    }
    return server
  }

  it.each([
    [
      'waits for oninitialized',
      (server: McpServer) =>
        new Promise<void>((resolve) => {
          server.server.oninitialized = resolve
        }),
    ],
    [
      'polls for its client',
      async (server: McpServer) => {
        while (!server.server.getClientCapabilities()) await pause(10)
      },
    ],
    ['never resolves', () => new Promise<void>(() => {})],
  ])('that %s keeps no session from beginning', async (_, then) => {
    const { handler } = serve(() => connecting(then))
    const { client } = await connect(handler.fetch)
    expect(await list(client)).toBe('listed')
  })

  it('that rejects late ends the server, and is reported', async () => {
    const { handler, onerror } = serve(() =>
      connecting(async () => {
        await pause(30)
        throw new Error('The database is away')
      }),
    )
    await connect(handler.fetch)
    await vi.waitFor(() =>
      expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ message: 'The database is away' })),
    )
  })
})

it('a question for which no stream comes is refused in the end', async () => {
  const refused = vi.fn()
  const { handler } = serve(() => {
    const server = new SdkMcpServer({ name: 'files', version: '1' })
    server.server.oninitialized = () => server.server.listRoots().then(undefined, refused)
    return server
  })
  await connect(handler.fetch, false)
  await vi.waitFor(() => expect(refused).toHaveBeenCalled(), { timeout: 5000 })
  expect(refused.mock.calls[0]?.[0].message).toContain('it has no stream open')
})
