import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it, vi } from 'vitest'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'
import { EventReader, RawClient, URL_UNDER_TEST, until } from './testing/http.ts'

/** A server with a tool for each way to take no notice of a cancellation, or to take notice. */
class Tools {
  started = 0
  finish: (() => void)[] = []

  readonly factory = (): McpServer => {
    const server = new McpServer({ name: 'cancelled', version: '1.0.0' })
    const answer = { content: [{ type: 'text' as const, text: 'done' }] }
    const wait = (): Promise<void> => {
      this.started += 1
      return new Promise((resolve) => this.finish.push(resolve))
    }
    server.registerTool('quiet', {}, async ({ signal }) => {
      this.started += 1
      await new Promise((_, reject) => signal.addEventListener('abort', reject))
      return answer
    })
    server.registerTool('ignores-signal', {}, async () => {
      await wait()
      return answer
    })
    server.registerTool('makes-progress', {}, async ({ sendNotification }) => {
      const params = { progressToken: 'p', progress: 1 }
      await sendNotification({ method: 'notifications/progress', params })
      await wait()
      return answer
    })
    server.registerResource('slow', 'slow://one', {}, async (_uri, { sendNotification }) => {
      const params = { level: 'info' as const, data: 'reading' }
      await sendNotification({ method: 'notifications/message', params })
      await wait()
      return { contents: [] }
    })
    server.server.registerCapabilities({ logging: {} })
    return server
  }
}

function startNodes(count: number, options: () => SessionsOptions = () => ({})) {
  const shared = {
    store: new InMemorySessionStore(),
    eventStore: new InMemoryEventStore(),
    bus: new InMemorySessionBus(),
  }
  const tools = new Tools()
  const errors: Error[] = []
  const onerror = (error: Error): void => void errors.push(error)
  const nodes = Array.from({ length: count }, () =>
    createMcpHandler(tools.factory, { legacy: sessions({ ...shared, ...options() }), onerror }),
  )
  let at = 0
  const client = new RawClient(() => nodes[at] as McpHttpHandler)
  const on = (node: number): RawClient => {
    at = node
    return client
  }
  return { ...shared, nodes, tools, errors, client, on }
}

const call = (name: string) => ({
  jsonrpc: '2.0',
  id: 'the call',
  method: 'tools/call',
  params: { name, arguments: {} },
})
const CANCELLED = { requestId: 'the call' }

describe.each([
  ['the node that runs it', 0],
  ['another node', 1],
])('a call that is cancelled on %s', (_, where) => {
  it.each(['quiet', 'ignores-signal', 'makes-progress'])('resumes to 204: %s', async (name) => {
    const { on, client, tools, errors } = startNodes(2)
    await client.open()
    const stream = new EventReader(await on(0).send('POST', call(name)))
    const first = await stream.next()
    await until(() => tools.started)
    await on(where).notify('notifications/cancelled', CANCELLED)
    const rest = await stream.rest()
    expect(rest.filter((message) => !message.method)).toEqual([])
    for (const node of [0, 1]) {
      expect((await on(node).listen(stream.lastId)).status).toBe(204)
      const again = await on(node).listen(first?.id)
      const messages = again.status === 204 ? [] : await new EventReader(again).rest()
      expect(messages.filter((message) => !message.method)).toEqual([])
    }
    for (const finish of tools.finish) finish()
    expect((await on(where).listen(stream.lastId)).status).toBe(204)
    expect(errors).toEqual([])
  })

  it('resumes to 204 where its client had left the stream before', async () => {
    const { on, client, tools } = startNodes(2)
    await client.open()
    const stream = new EventReader(await on(0).send('POST', call('ignores-signal')))
    await stream.next()
    await until(() => tools.started)
    await stream.leave()
    await on(where).notify('notifications/cancelled', CANCELLED)
    await until(async () => (await on(1 - where).listen(stream.lastId)).status === 204)
  })

  it('ends without an answer for a client that has resumed it', async () => {
    const { on, client, tools } = startNodes(2)
    await client.open()
    const lost = new EventReader(await on(0).send('POST', call('ignores-signal')))
    await lost.next()
    await until(() => tools.started)
    await lost.leave()
    const resumed = new EventReader(await on(1).listen(lost.lastId))
    await resumed.next()
    await on(where).notify('notifications/cancelled', CANCELLED)
    expect(await resumed.rest()).toEqual([])
    expect((await on(0).listen(resumed.lastId)).status).toBe(204)
  })
})

it('resumes to 204 after a restart of the server that ran the cancelled call', async () => {
  const { store, eventStore, nodes, client, tools } = startNodes(1)
  await client.open()
  const stream = new EventReader(await client.send('POST', call('quiet')))
  const first = await stream.next()
  await until(() => tools.started)
  await client.notify('notifications/cancelled', CANCELLED)
  expect(await stream.rest()).toEqual([])
  await nodes[0]?.close()
  nodes[0] = createMcpHandler(tools.factory, { legacy: sessions({ store, eventStore }) })
  expect((await client.listen(first?.id)).status).toBe(204)
})

it('tells a client of 2025-06-18 to stay away from a cancelled read, whose stream begins with a message', async () => {
  const { client, tools } = startNodes(1)
  client.version = '2025-06-18'
  await client.open()
  const body = {
    jsonrpc: '2.0',
    id: 'the call',
    method: 'resources/read',
    params: { uri: 'slow://one' },
  }
  const stream = new EventReader(await client.send('POST', body))
  await stream.message()
  await until(() => tools.started)
  await client.notify('notifications/cancelled', CANCELLED)
  expect(await stream.rest()).toEqual([])
  expect((await client.listen(stream.lastId)).status).toBe(204)
})

it('answers a call with an error where its answer cannot be kept for a client that is away', async () => {
  const { client, tools, eventStore, errors } = startNodes(1)
  await client.open()
  const lost = new EventReader(await client.send('POST', call('ignores-signal')))
  await lost.next()
  await until(() => tools.started)
  await lost.leave()
  const { storeEvent } = eventStore
  eventStore.storeEvent = async (streamId, message) => {
    if ('result' in message) throw new RangeError('too large')
    return storeEvent.call(eventStore, streamId, message)
  }
  for (const finish of tools.finish) finish()
  await until(() => errors.length)
  const [answer] = await new EventReader(await client.listen(lost.lastId)).rest()
  expect(answer).toMatchObject({ id: 'the call', error: { code: -32603 } })
  expect(answer.error.message).toContain('could not be stored')
})

describe('official clients', () => {
  type AnyClient = { call(options: object): Promise<unknown>; close(): Promise<void> }
  const info = { name: 'official', version: '1.0.0' }
  const params = { name: 'ignores-signal', arguments: {} }

  const connect1 = async (fetch: typeof globalThis.fetch, onerror: () => void): Promise<AnyClient> => {
    const client = new Client(info)
    client.onerror = onerror
    await client.connect(new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), { fetch }))
    return {
      call: (options) => client.callTool(params, undefined, options),
      close: () => client.close(),
    }
  }
  const connect2 = async (fetch: typeof globalThis.fetch, onerror: () => void): Promise<AnyClient> => {
    const client = new Client2(info, { versionNegotiation: { mode: 'legacy' } })
    client.onerror = onerror
    await client.connect(new Transport2(new URL(URL_UNDER_TEST), { fetch }))
    return { call: (options) => client.callTool(params, options), close: () => client.close() }
  }

  it.each([
    ['1.x', 'a timeout', connect1],
    ['1.x', 'a signal', connect1],
    ['2.x', 'a timeout', connect2],
    ['2.x', 'a signal', connect2],
  ])('of %s see no error after a call that ends by %s', async (_, how, connect) => {
    const { nodes, tools } = startNodes(2, () => ({ retryMs: 1 }))
    let turn = 0
    const resumed: number[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const request = new Request(input, init)
      const response = await (nodes[turn++ % 2] as McpHttpHandler).fetch(request)
      if (request.headers.get('last-event-id')) resumed.push(response.status)
      return response
    }
    const onerror = vi.fn()
    const client = await connect(fetch, onerror)
    const controller = new AbortController()
    // Long enough that the call has arrived when it ends.
    const called = client.call(how === 'a timeout' ? { timeout: 1000 } : { signal: controller.signal })
    called.catch(() => {})
    await until(() => tools.started)
    controller.abort()
    await expect(called).rejects.toThrow()
    await until(() => resumed.length)
    expect(resumed).toEqual([204])
    expect(onerror).not.toHaveBeenCalled()
    await client.close()
  })
})
