import { AsyncLocalStorage } from 'node:async_hooks'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client as ModernClient, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server as LowLevelServer } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import {
  createMcpHandler,
  InMemoryServerEventBus,
  type McpHttpHandler,
  once,
  McpServer as PorticoServer,
} from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { sharedServer } from './index.ts'

const open = new Set<{ close(): unknown }>()
afterEach(async () => {
  await Promise.all([...open].map((one) => one.close()))
  open.clear()
})

async function listen(handler: McpHttpHandler): Promise<string> {
  const server: Server = createServer(toNodeHandler(handler))
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  open.add(handler)
  open.add({
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

function share(server: McpServer | LowLevelServer): McpHttpHandler {
  const bus = new InMemoryServerEventBus()
  return createMcpHandler(sharedServer(server, { bus }), { bus })
}

type Connect = (url: string, asks?: boolean) => Promise<Client | ModernClient>

const clients: Record<string, Connect> = {
  '2025-era': async (url) => {
    const client = new Client({ name: 'old', version: '1' })
    await client.connect(new Transport1(new URL(url)))
    open.add(client)
    return client
  },
  '2026-07-28': async (url, asks = false) => {
    const client = new ModernClient(
      { name: 'new', version: '1' },
      {
        capabilities: asks ? { elicitation: { form: {} } } : {},
        versionNegotiation: { mode: { pin: '2026-07-28' } },
      },
    )
    if (asks) {
      client.setRequestHandler('elicitation/create', async () => ({
        action: 'accept',
        content: { name: 'Ann' },
      }))
    }
    await client.connect(new StreamableHTTPClientTransport(new URL(url)))
    open.add(client)
    return client
  },
}

const call = (
  client: Client | ModernClient,
  name: string,
  args: Record<string, unknown> = {},
): Promise<any> => (client as Client).callTool({ name, arguments: args })

const text = async (result: Promise<any>): Promise<string> => (await result).content[0].text

const says = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** Lets a number of calls go on once all of them have come. */
function meeting(size: number): () => Promise<void> {
  const waiting: (() => void)[] = []
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length === size) for (const go of waiting) go()
    })
}

const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })

describe('the audits on one server', async () => {
  const server = await fixture({ era: 'legacy' } as never)
  const handler = share(server as McpServer)
  const target = {
    url: 'http://127.0.0.1/mcp',
    fetch: ((input: string, init: RequestInit) => handler.fetch(new Request(input, init))) as typeof fetch,
  }

  // one of them asks for another server
  const applicable = audits.filter(({ id }) => id !== 'modern/discover/unadvertised')
  it.each(applicable)('$id: $title', async (audit) => {
    const { message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
  })
})

describe('a shared server', () => {
  it.each(['2025-era', '2026-07-28', 'both'])('serves calls of %s clients side by side', async (era) => {
    const server = new McpServer({ name: 'shared', version: '1' })
    const meet = meeting(4)
    // one after another they would wait for ever
    server.registerTool('meet', {}, async ({ requestId }) => {
      await meet()
      return says(String(requestId))
    })
    const url = await listen(share(server))
    const eras = era === 'both' ? Object.keys(clients) : [era, era]
    const connected = await Promise.all([...eras, ...eras].map((one) => clients[one]!(url)))
    const ids = await Promise.all(connected.map((client) => text(call(client, 'meet'))))
    expect(new Set(ids).size).toBe(4)
  })

  it('sends progress and logs to the client whose call they are of', async () => {
    const server = new McpServer({ name: 'shared', version: '1' }, { capabilities: { logging: {} } })
    const meet = meeting(2)
    server.registerTool('work', { inputSchema: { who: z.string() } }, async ({ who }, extra) => {
      await meet()
      const progressToken = extra._meta!.progressToken!
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress: 1, message: who },
      })
      await server.sendLoggingMessage({ level: 'info', data: who })
      return says(who)
    })
    const url = await listen(share(server))
    const bodies = await Promise.all(
      ['ann', 'bob'].map(async (who) => {
        const params = { name: 'work', arguments: { who }, _meta: { progressToken: 7 } }
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        })
        return response.text()
      }),
    )
    expect(bodies[0]).toContain('"message":"ann"')
    expect(bodies[0]).toContain('"data":"ann"')
    expect(bodies[0]).toContain('"id":1')
    expect(bodies[0]).not.toContain('bob')
    expect(bodies[1]).not.toContain('ann')
  })

  it('knows of each client what that one said of itself', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    const meet = meeting(2)
    server.registerTool('who', {}, async () => {
      await meet()
      const { elicitation } = server.server.getClientCapabilities() ?? {}
      return says(`${server.server.getClientVersion()?.name} ${elicitation !== undefined}`)
    })
    const url = await listen(share(server))
    const modern = clients['2026-07-28']!
    const [asked, mute] = await Promise.all([modern(url, true), modern(url, false)])
    expect(await Promise.all([text(call(asked, 'who')), text(call(mute, 'who'))])).toEqual([
      'new true',
      'new false',
    ])
  })

  it('asks the client of the call, from anywhere beneath it, and does once what is done once', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    const charge = vi.fn(() => 'R-1')
    server.registerTool('ask', {}, async (extra) => {
      const receipt = await once(extra, 'charge', charge)
      const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
      const { content } = await server.server.elicitInput({ message: 'Who?', requestedSchema })
      return says(`${content?.name} ${receipt}`)
    })
    const url = await listen(share(server))
    const [asked, mute] = await Promise.all([
      clients['2026-07-28']!(url, true),
      clients['2026-07-28']!(url, false),
    ])
    expect(await text(call(asked, 'ask'))).toBe('Ann R-1')
    expect(charge).toHaveBeenCalledTimes(1)
    await expect(call(mute, 'ask')).rejects.toMatchObject({ code: -32021 })
    expect(await text(call(asked, 'ask'))).toBe('Ann R-1')
  })

  it('is not told by one client how much another hears', async () => {
    const server = new McpServer({ name: 'shared', version: '1' }, { capabilities: { logging: {} } })
    server.registerTool('log', {}, async () => {
      await server.sendLoggingMessage({ level: 'info', data: 'heard' })
      return says('logged')
    })
    const url = await listen(share(server))
    const old = (await clients['2025-era']!(url)) as Client
    await old.setLoggingLevel('emergency')
    const heard = vi.fn()
    const other = (await clients['2025-era']!(url)) as Client
    other.fallbackNotificationHandler = async (notification) => heard(notification.params?.data)
    await call(other, 'log')
    expect(heard).toHaveBeenCalledWith('heard')
  })

  it('aborts the calls of a client that leaves, and no other', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    const aborted = vi.fn()
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const meet = meeting(2)
    const met = vi.fn()
    server.registerTool('wait', { inputSchema: { who: z.string() } }, async ({ who }, { signal }) => {
      signal.addEventListener('abort', () => aborted(who))
      await meet()
      met()
      await released
      return says(who)
    })
    const url = await listen(share(server))
    const client = (await clients['2026-07-28']!(url)) as ModernClient
    const leaving = new AbortController()
    const gone = client.callTool({ name: 'wait', arguments: { who: 'ann' } }, { signal: leaving.signal })
    gone.catch(() => {})
    const stays = call((await clients['2026-07-28']!(url)) as ModernClient, 'wait', { who: 'bob' })
    await vi.waitFor(() => expect(met).toHaveBeenCalledTimes(2))
    leaving.abort()
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledWith('ann'))
    release()
    expect(await text(stays)).toBe('bob')
    expect(aborted).toHaveBeenCalledTimes(1)
  })

  it('tells listeners of a change, wherever it is announced', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    server.registerTool('first', {}, async () => says('first'))
    const url = await listen(share(server))
    const client = (await clients['2026-07-28']!(url)) as ModernClient
    const heard = vi.fn()
    client.setNotificationHandler('notifications/tools/list_changed', heard)
    await client.listen({ toolsListChanged: true })
    server.registerTool('second', {}, async () => says('second'))
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
    expect(await text(call(await clients['2025-era']!(url), 'second'))).toBe('second')
  })

  it('keeps what the request carries beneath its handler', async () => {
    const callers = new AsyncLocalStorage<string>()
    const server = new PorticoServer({ name: 'shared', version: '1' })
    const meet = meeting(2)
    server.registerTool('who', {}, async (extra) => {
      await meet()
      return says(`${callers.getStore()} ${extra.authInfo?.clientId} ${extra.requestInfo?.headers['x-who']}`)
    })
    const handler = share(server)
    const answers = await Promise.all(
      ['ann', 'bob'].map((who) => {
        const params = { name: 'who', arguments: {} }
        const request = new Request('http://localhost/mcp', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-who': who },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        })
        const authInfo = { token: who, clientId: who, scopes: [] }
        return callers.run(who, async () => (await handler.fetch(request, { authInfo })).json())
      }),
    )
    expect(answers).toMatchObject(
      ['ann', 'bob'].map((who) => ({ id: 1, result: { content: [{ text: `${who} ${who} ${who}` }] } })),
    )
  })

  it('refuses to ask nobody', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    server.registerTool('first', {}, async () => says('first'))
    const url = await listen(share(server))
    await clients['2025-era']!(url)
    const requestedSchema = { type: 'object' as const, properties: {} }
    await expect(server.server.elicitInput({ message: 'Who?', requestedSchema })).rejects.toThrow('no client')
  })

  it('may be of the low-level kind, and stand in two handlers', async () => {
    const server = new LowLevelServer({ name: 'shared', version: '1' }, { capabilities: { tools: {} } })
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: [] }))
    const urls = await Promise.all([listen(share(server)), listen(share(server))])
    for (const url of urls) {
      for (const connect of Object.values(clients)) {
        expect((await (await connect(url)).listTools()).tools).toEqual([])
      }
    }
  })

  it('hears an answer only from the client that was asked, and is told when that one leaves', async () => {
    const server = new LowLevelServer({ name: 'shared', version: '1' }, { capabilities: { tools: {} } })
    const heard = vi.fn()
    server.setRequestHandler(ListToolsRequestSchema, async () => {
      const requestedSchema = { type: 'object' as const, properties: {} }
      heard(await server.elicitInput({ message: 'Who?', requestedSchema }).catch((error) => error.message))
      return { tools: [] }
    })
    const factory = sharedServer(server)
    const connect = async (capabilities: object) => {
      const sent: any[] = []
      const transport: any = { start: async () => {}, send: async (message: any) => void sent.push(message) }
      transport.close = async () => transport.onclose?.()
      const line = await factory({ era: 'legacy' })
      await line.connect(transport)
      const clientInfo = { name: 'c', version: '1' }
      const params = { protocolVersion: '2025-11-25', capabilities, clientInfo }
      transport.onmessage({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
      await vi.waitFor(() => expect(sent).toHaveLength(1))
      return { line, sent, receive: (message: object) => transport.onmessage({ jsonrpc: '2.0', ...message }) }
    }
    const [ann, bob, eve] = await Promise.all([
      connect({ elicitation: {} }),
      connect({ elicitation: {} }),
      connect({}),
    ])
    ann.receive({ id: 1, method: 'tools/list' })
    await vi.waitFor(() => expect(ann.sent[1]).toMatchObject({ method: 'elicitation/create' }))
    const { id } = ann.sent[1]
    bob.receive({ id, result: { action: 'decline' } })
    bob.receive({ method: 'notifications/cancelled', params: { requestId: 1 } })
    ann.receive({ id, result: { action: 'cancel' } })
    await vi.waitFor(() => expect(heard).toHaveBeenLastCalledWith({ action: 'cancel' }))
    expect(heard).toHaveBeenCalledTimes(1)
    eve.receive({ id: 1, method: 'tools/list' })
    await vi.waitFor(() =>
      expect(heard).toHaveBeenLastCalledWith(expect.stringContaining('does not support')),
    )
    bob.receive({ id: 1, method: 'tools/list' })
    await vi.waitFor(() => expect(bob.sent[1]).toMatchObject({ method: 'elicitation/create' }))
    await bob.line.close()
    await vi.waitFor(() => expect(heard).toHaveBeenLastCalledWith(expect.stringContaining('is gone')))
    expect(bob.sent).toHaveLength(2)
  })

  it('can serve again after it was closed', async () => {
    const server = new McpServer({ name: 'shared', version: '1' })
    server.registerTool('first', {}, async () => says('first'))
    const url = await listen(share(server))
    const client = await clients['2025-era']!(url)
    expect(await text(call(client, 'first'))).toBe('first')
    await server.close()
    expect(await text(call(client, 'first'))).toBe('first')
  })
})
