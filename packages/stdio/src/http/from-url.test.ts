import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CreateMcpHandlerOptions,
  createMcpHandler,
  type McpHttpHandler,
  McpServer,
} from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { sessions } from '@portico-mcp/sessions'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { authInfoOf, callTool, connect } from '../testing/stdio.ts'
import { type FromUrlOptions, fromUrl } from './from-url.ts'

const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })

function buildRemote(): McpServer {
  const server = new McpServer(
    { name: 'remote', version: '1.0.0' },
    { instructions: 'Ask.', capabilities: { logging: {} } },
  )
  let calls = 0
  server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text: said }) => text(said))
  server.registerTool('count', {}, async () => text(++calls))
  const region = z.string().meta({ 'x-mcp-header': 'Region' })
  server.registerTool('region', { inputSchema: { region } }, async ({ region: said }) => text(said))
  server.registerTool('fail', {}, async () => {
    throw new Error('It broke')
  })
  server.registerTool('elicit', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
    const first = await server.server.elicitInput({ message: 'From?', requestedSchema })
    const second = await server.server.elicitInput({ message: 'To?', requestedSchema })
    return text(`${first.content?.city} ${second.content?.city}`)
  })
  server.registerTool('progress', {}, async (extra) => {
    const progressToken = extra._meta?.progressToken as string
    for (let progress = 1; progress <= 3; progress++) {
      await extra.sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
    }
    return text('done')
  })
  server.registerTool('header', {}, async ({ requestInfo }) => text(requestInfo?.headers.authorization))
  server.registerTool(
    'wait',
    {},
    (extra) =>
      new Promise((resolve) => {
        started++
        extra.signal.addEventListener('abort', () => {
          aborted++
          resolve(text('aborted'))
        })
      }),
  )
  return server
}
let started = 0
let aborted = 0

interface Remote {
  url: string
  handler: McpHttpHandler
  requests: IncomingMessage[]
}

/** A server that listens until the test has finished. */
async function listen(options: CreateMcpHandlerOptions): Promise<Remote> {
  const handler = createMcpHandler(buildRemote, { onerror: () => {}, ...options })
  const requests: IncomingMessage[] = []
  const answer = toNodeHandler(handler)
  const server = createServer((request, response) => {
    requests.push(request)
    return answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await handler.close()
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, handler, requests }
}

/** A handler in front of a URL. */
function front(url: string, options: FromUrlOptions = {}, handlerOptions: CreateMcpHandlerOptions = {}) {
  const handler = createMcpHandler(() => fromUrl(url, { onerror: () => {}, ...options }), {
    onerror: () => {},
    ...handlerOptions,
  })
  onTestFinished(() => handler.close())
  return { handler }
}

/** A remote server that speaks 2025-era revisions only, as those of the 1.x SDK do. */
async function listenLegacy(): Promise<Remote> {
  const remote = await listen({ legacy: sessions() })
  const { fetch } = remote.handler
  const answer = toNodeHandler({
    fetch: async (request: Request) => {
      if (request.headers.get('mcp-protocol-version') === '2026-07-28')
        return new Response('Bad Request', { status: 400 })
      return fetch(request)
    },
  })
  const server = createServer((request, response) => {
    remote.requests.push(request)
    return answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { ...remote, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` }
}

const REMOTES = {
  '2026-07-28 only': () => listen({ legacy: 'reject' }),
  'both eras': () => listen({ legacy: sessions() }),
  'sessions only': listenLegacy,
}

describe.each(Object.keys(REMOTES) as (keyof typeof REMOTES)[])('a remote server of %s', (kind) => {
  describe.each([
    ['a 2026-07-28 client', 'modern', () => ({})],
    ['a 2025-era client without a session', 'legacy', () => ({})],
    ['a 2025-era client with a session', 'legacy', () => ({ legacy: sessions() })],
  ] as const)('for %s', (_, era, options) => {
    it('has its tools, results, errors, instructions and progress', async () => {
      const client = await connect(front((await REMOTES[kind]()).url, {}, options()), { era })
      expect(client.getServerVersion()).toMatchObject({ name: 'remote' })
      expect(client.getInstructions()).toBe('Ask.')
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('region')
      expect(await callTool(client, 'echo', { text: 'hé' })).toBe('hé')
      expect(await callTool(client, 'region', { region: 'eu west, ö' })).toBe('eu west, ö')
      expect(await client.callTool({ name: 'fail' })).toMatchObject({
        isError: true,
        content: [{ text: 'It broke' }],
      })
      const seen: number[] = []
      await client.callTool({ name: 'progress' }, { onprogress: ({ progress }) => seen.push(progress) })
      expect(seen).toEqual([1, 2, 3])
    })
  })

  describe.each([
    ['a 2026-07-28 client', 'modern', () => ({})],
    ['a 2025-era client with a session', 'legacy', () => ({ legacy: sessions() })],
  ] as const)('for %s, which can be asked', (_, era, options) => {
    it('is told that a call is cancelled', async () => {
      const [began, before] = [started, aborted]
      const client = await connect(front((await REMOTES[kind]()).url, {}, options()), { era })
      const cancel = new AbortController()
      const call = client.callTool({ name: 'wait' }, { signal: cancel.signal })
      call.catch(() => {})
      await expect.poll(() => started).toBe(began + 1)
      cancel.abort()
      await expect(call).rejects.toThrow()
      await expect.poll(() => aborted).toBe(before + 1)
    })

    it('gets its answers', async () => {
      const client = await connect(front((await REMOTES[kind]()).url, {}, options()), {
        era,
        answers: {
          'elicitation/create': ({ message }) => ({ action: 'accept', content: { city: message } }),
        },
      })
      expect(await callTool(client, 'elicit')).toBe('From? To?')
    })
  })
})

describe('fromUrl', () => {
  it('keeps one session of the remote server for each caller', async () => {
    const { url, requests } = await listenLegacy()
    const served = front(url)
    const ann = await connect(served, { authInfo: authInfoOf('ann') })
    const bob = await connect(served, { authInfo: authInfoOf('bob') })
    expect(await callTool(ann, 'count')).toBe('1')
    expect(await callTool(ann, 'count')).toBe('2')
    expect(await callTool(bob, 'count')).toBe('1')
    expect(new Set(requests.map(({ headers }) => headers['mcp-session-id']).filter(Boolean)).size).toBe(2)
  })

  it('opens another session if the remote server has ended one', async () => {
    const { url, requests } = await listenLegacy()
    const client = await connect(front(url))
    expect(await callTool(client, 'count')).toBe('1')
    const ended = requests.findLast(({ headers }) => headers['mcp-session-id'])?.headers[
      'mcp-session-id'
    ] as string
    await fetch(url, {
      method: 'DELETE',
      headers: { 'mcp-session-id': ended, 'mcp-protocol-version': '2025-11-25' },
    })
    expect(await callTool(client, 'count')).toBe('1')
  })

  it.each(['sessions only', '2026-07-28 only'] as const)(
    'passes on changes of a remote server of %s',
    async (kind) => {
      const { url, handler } = await REMOTES[kind]()
      const client = await connect(front(url))
      let changes = 0
      client.setNotificationHandler('notifications/tools/list_changed', () => {
        changes++
      })
      await client.listen({ toolsListChanged: true })
      await callTool(client, 'echo', { text: 'connects' })
      await expect
        .poll(() => {
          handler.notify.toolsChanged()
          return changes
        })
        .toBeGreaterThan(0)
    },
  )

  describe('the token of the caller', () => {
    const withToken = async (url: string, options: FromUrlOptions) => {
      const handler = createMcpHandler(() => fromUrl(url, { onerror: () => {}, ...options }))
      onTestFinished(() => handler.close())
      return connect({
        handler: {
          ...handler,
          fetch: (request, given) => {
            request.headers.set('authorization', 'Bearer of-the-caller')
            return handler.fetch(request, given)
          },
        },
      })
    }

    it('is not passed on', async () => {
      const { url, requests } = await listen({})
      const client = await withToken(url, { headers: { authorization: 'Bearer own' } })
      expect(await callTool(client, 'header')).toBe('Bearer own')
      const other = await withToken(url, {})
      expect(await callTool(other, 'header')).toBe('undefined')
      expect(JSON.stringify(requests.map(({ rawHeaders }) => rawHeaders))).not.toContain('of-the-caller')
    })

    it('is passed on with forwardAuthorization', async () => {
      const client = await withToken((await listen({})).url, { forwardAuthorization: true })
      expect(await callTool(client, 'header')).toBe('Bearer of-the-caller')
    })
  })

  it.each([
    ['does not listen', 'http://127.0.0.1:1/mcp'],
    ['is no MCP server', undefined],
  ])('answers 502 if the remote server %s', async (_, given) => {
    const server = createServer((_request, response) => response.writeHead(500).end('<html>'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = given ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
    })
    const response = await front(url).handler.fetch(request)
    expect(response.status).toBe(502)
    expect((await response.json()).error.message).toBe(
      'The MCP server behind this endpoint could not be started',
    )
  })

  it.each([
    ['example.com', {}, /url must be an absolute URL/],
    ['file:///etc/passwd', {}, /url must be an absolute URL of http or https/],
    ['http://localhost', { headers: { a: 1 } }, /^fromUrl: headers must be an object of strings$/],
    ['http://localhost', { share: 'none' }, /share must be "caller" or "all"/],
  ])('rejects %s with %j', (url, options, message) => {
    expect(() => fromUrl(url, options as never)).toThrow(message)
  })
})
