import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { InitializedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { answersTo, caller, connectClient } from '../testing/client.ts'
import { ask, legacy, modern, post } from '../testing/requests.ts'
import { CLASSES } from '../testing/server.ts'
import type { McpServerLike } from './factory.ts'
import { McpServer } from './fast/mcp-server.ts'

const ALL: [string, typeof SdkMcpServer][] = [
  ...CLASSES,
  ['a 2.x McpServer', McpServer2 as unknown as typeof SdkMcpServer],
]

const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })
const info = { name: 'begins', version: '1' }
const capabilities = { roots: {}, elicitation: {} }
const asClient = { meta: { 'io.modelcontextprotocol/clientCapabilities': capabilities } }
const root = (uri: string) => ({ roots: [{ uri }] })

/** A server whose tools answer only for what it learned from its client in `oninitialized`. */
function filesystem(Server: typeof SdkMcpServer, learn = async (roots: string[]) => roots) {
  const asked = vi.fn()
  const handler = createMcpHandler(
    () => {
      const server = new Server(info, { capabilities: { tools: {} } })
      let allowed: string[] = []
      server.server.oninitialized = async () => {
        asked()
        if (!server.server.getClientCapabilities()?.roots) return
        const { roots } = await server.server.listRoots()
        allowed = await learn(roots.map(({ uri }) => uri))
      }
      server.registerTool('list', {}, async () => text(allowed.join(' ') || 'Access denied'))
      server.registerPrompt('where', {}, async () => ({
        messages: [{ role: 'user', content: { type: 'text', text: allowed.join(' ') } }],
      }))
      server.registerResource('root', 'doc://root', {}, async (uri) => ({
        contents: [{ uri: uri.href, text: allowed.join(' ') }],
      }))
      return server as McpServerLike
    },
    { onerror: () => {} },
  )
  return { handler, asked }
}

describe.each(ALL)('oninitialized of %s', (_, Server) => {
  const conditional = () =>
    createMcpHandler(() => {
      const server = new Server(info, { capabilities: { tools: { listChanged: true } } })
      server.registerTool('always', {}, async () => text('always'))
      server.server.oninitialized = async () => {
        await undefined
        if (server.server.getClientCapabilities()?.elicitation) {
          server.registerTool('asks', {}, async () => text('asked'))
        }
      }
      return server as McpServerLike
    })

  it('registers what the client can be asked for before tools are listed and called', async () => {
    const handler = conditional()
    const { tools } = (await ask(handler, modern('tools/list', asClient))).result
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(['always', 'asks'])
    const call = modern('tools/call', { params: { name: 'asks' }, ...asClient })
    expect((await ask(handler, call)).result.content).toEqual([{ type: 'text', text: 'asked' }])
    const without = await ask(handler, modern('tools/list'))
    expect(without.result.tools).toHaveLength(1)
  })

  it('changes no list that anybody listens to', async () => {
    const handler = conditional()
    const published = vi.fn()
    handler.bus.subscribe(published)
    await ask(handler, modern('tools/list', asClient))
    await ask(handler, legacy('tools/list'))
    expect(published).not.toHaveBeenCalled()
  })

  it('runs before the first request of a 2025-era client without a session', async () => {
    const begun = vi.fn()
    const handler = createMcpHandler(() => {
      const server = new Server(info)
      let isReady = false
      server.server.oninitialized = async () => {
        begun(server.server.getClientVersion()?.name)
        await new Promise((resolve) => setTimeout(resolve, 5))
        isReady = true
      }
      server.registerTool('ready', {}, async () => text(isReady))
      return server as McpServerLike
    })
    const { result } = await ask(handler, legacy('tools/call', { name: 'ready' }))
    expect(result.content).toEqual([{ type: 'text', text: 'true' }])
    expect(begun.mock.calls).toEqual([['unknown']])
    const batch = [1, 2].map((id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'ready' },
    }))
    const answers = await ask(handler, post(batch, { 'mcp-protocol-version': '2025-03-26' }))
    expect(answers.map((answer: any) => answer.result.content[0].text)).toEqual(['true', 'true'])
    expect(begun).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['tools/call', { name: 'list' }, ({ content }: any) => content[0].text],
    ['prompts/get', { name: 'where' }, ({ messages }: any) => messages[0].content.text],
    ['resources/read', { uri: 'doc://root' }, ({ contents }: any) => contents[0].text],
  ])('has its question answered before %s goes on', async (method, params, said) => {
    const { handler } = filesystem(Server)
    const call = caller(handler, params, { method })
    const { result } = await call()
    expect(result.resultType).toBe('input_required')
    expect(Object.values(result.inputRequests)).toEqual([{ method: 'roots/list' }])
    const inputResponses = answersTo(result, () => root('file:///home'))
    const second = await call({ inputResponses, requestState: result.requestState })
    expect(said(second.result)).toBe('file:///home')
  })

  it('goes on with its answer, in its own time, before the call does', async () => {
    const { handler, asked } = filesystem(Server, async (roots) => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return roots
    })
    const { client } = await connectClient(handler, { 'roots/list': [root('file:///a')] })
    expect(await client.callTool({ name: 'list' })).toMatchObject({ content: [{ text: 'file:///a' }] })
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it('is refused its question at once where the method has no place for one', async () => {
    const { handler } = filesystem(Server)
    const { result } = await ask(handler, modern('tools/list', asClient))
    expect(result.tools).toHaveLength(1)
  })

  it('asks nothing of a client that declares nothing, nor of one without a session', async () => {
    const { handler } = filesystem(Server)
    const params = { name: 'list' }
    for (const request of [modern('tools/call', { params }), legacy('tools/call', params)]) {
      expect((await ask(handler, request)).result.content).toEqual([{ type: 'text', text: 'Access denied' }])
    }
  })

  it('that throws, or never ends, keeps no call', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 500 })
    for (const oninitialized of [
      () => Promise.reject(new Error('It broke')),
      () => {
        throw new Error('It broke')
      },
      () => new Promise<void>(() => {}),
    ]) {
      const handler = createMcpHandler(() => {
        const server = new Server(info)
        server.server.oninitialized = oninitialized as () => void
        server.registerTool('go', {}, async () => text('went'))
        return server as McpServerLike
      })
      const { result } = await ask(handler, modern('tools/call', { params: { name: 'go' } }))
      expect(result.content).toEqual([{ type: 'text', text: 'went' }])
    }
    vi.useRealTimers()
  })
})

describe.each(CLASSES)('a question that %s asks on notifications/initialized', (_, Server) => {
  it.each([
    [
      'with a handler of its own',
      (server: SdkMcpServer, learn: () => Promise<void>) =>
        server.server.setNotificationHandler(InitializedNotificationSchema, learn),
    ],
    [
      'without waiting for it',
      (server: SdkMcpServer, learn: () => Promise<void>) => {
        server.server.oninitialized = () => void learn().catch(() => {})
      },
    ],
  ])('%s is answered first', async (_, begin) => {
    const handler = createMcpHandler(() => {
      const server = new Server(info)
      let uri = 'none'
      begin(server, async () => {
        uri = (await server.server.listRoots()).roots[0]?.uri ?? 'empty'
      })
      server.registerTool('where', {}, async () => text(uri))
      return server
    })
    const { client } = await connectClient(handler, { 'roots/list': [root('file:///b')] })
    expect(await client.callTool({ name: 'where' })).toMatchObject({ content: [{ text: 'file:///b' }] })
  })

  it('comes before those of the handler, and each is asked once', async () => {
    const handler = createMcpHandler(() => {
      const server = new Server(info)
      let uri = ''
      server.server.oninitialized = async () => {
        uri = (await server.server.listRoots()).roots[0]?.uri ?? ''
      }
      server.registerTool('pay', {}, async () => {
        const requestedSchema = { type: 'object' as const, properties: { sum: { type: 'string' as const } } }
        const { content } = await server.server.elicitInput({ message: 'How much?', requestedSchema })
        return text(`${content?.sum} from ${uri}`)
      })
      return server
    })
    const { client, posts, asked } = await connectClient(handler, {
      'roots/list': [root('file:///purse')],
      'elicitation/create': [{ action: 'accept', content: { sum: '3' } }],
    })
    const before = posts.length
    expect(await client.callTool({ name: 'pay' })).toMatchObject({
      content: [{ text: '3 from file:///purse' }],
    })
    expect(posts.length - before).toBe(3)
    expect(asked).toHaveLength(2)
  })
})

it('leaves a server of Portico that nobody looks into asleep, and costs no exchange', async () => {
  // the SDK's server alone reads this option, and a method that is spied on would have the SDK called
  const read = vi.fn(() => [])
  const server = new McpServer(info, {
    get debouncedNotificationMethods() {
      return read()
    },
  })
  server.registerTool('go', {}, async () => text('went'))
  await ask(
    createMcpHandler(() => server),
    modern('tools/call', { params: { name: 'go' } }),
  )
  expect(read).not.toHaveBeenCalled()
})

it('tells a server and its client apart where the client calls its request as the host does', async () => {
  const server = new SdkMcpServer(info)
  server.registerTool('go', {}, async () => text('went'))
  const response = await ask(
    createMcpHandler(() => server),
    modern('tools/call', { id: 'portico', params: { name: 'go' } }),
  )
  expect(response).toMatchObject({ id: 'portico', result: { content: [{ text: 'went' }] } })
})
