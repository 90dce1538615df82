import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { callTool, connectModern, officialClients, textOf } from '@portico-example/testing/examples'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import lambdaLocal from 'lambda-local'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { toLambdaHandler, toStreamingLambdaHandler } from './index.ts'
import { headersOf, type Shape, toEvent, toResponse } from './testing/events.ts'

const mcp = createMcpHandler(() => {
  const server = new McpServer({ name: 'tested', version: '1' })
  const numbers = { a: z.number(), b: z.number() }
  server.registerTool('add', { inputSchema: numbers }, async ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }))
  server.registerTool('count', {}, async ({ _meta, sendNotification }) => {
    for (let progress = 1; progress <= 3 && _meta?.progressToken !== undefined; progress++) {
      const params = { progressToken: _meta.progressToken, progress }
      await sendNotification({ method: 'notifications/progress', params })
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  return server
})

// the module that it brings stands in for the runtime's
const functions = { buffered: toLambdaHandler(mcp), streaming: toStreamingLambdaHandler(mcp) }

/** What stands in front of a function: its requests become events, its results responses. */
const front = (shape: Shape, lambdaHandler: keyof typeof functions): FetchHandler => ({
  async fetch(request) {
    const event = await toEvent(shape, request)
    const options = { event, lambdaFunc: functions, lambdaHandler, timeoutMs: 10_000, verboseLevel: -1 }
    const result: any = await lambdaLocal.execute(options)
    if (typeof result.body === 'string') return toResponse(result)
    // what is written without a head is the whole result
    if (!result.statusCode)
      return toResponse((await new Response(Readable.toWeb(result.body) as never).json()) as never)
    const body = Readable.toWeb(result.body) as ReadableStream
    return new Response(body, { status: result.statusCode, headers: headersOf(result) })
  },
})

const places: [Shape, keyof typeof functions, boolean][] = [
  ['rest-api', 'buffered', false],
  ['http-api', 'buffered', false],
  ['function-url', 'buffered', false],
  ['load-balancer', 'buffered', false],
  ['load-balancer-multi-value', 'buffered', false],
  ['rest-api', 'streaming', true],
  ['function-url', 'streaming', true],
  ['http-api', 'streaming', false],
  ['load-balancer', 'streaming', false],
]

describe.each(places)('lambda-local behind a %s, %s', (shape, handler, isStreamed) => {
  const listener = createServer(toNodeHandler(front(shape, handler)))
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((up) => listener.listen(0, '127.0.0.1', up))
    url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/mcp`
  })
  afterAll(() => {
    listener.close()
    listener.closeAllConnections()
  })

  it.each(Object.entries(officialClients))('serves the official client %s', async (_, connect) => {
    const client = await connect(url)
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add', 'count'])
    expect(textOf((await callTool(client, 'add', { a: 2, b: 3 })) as never)).toBe('5')
    const heard: number[] = []
    const counted = await callTool(client, 'count', {}, ({ progress }) => heard.push(progress))
    expect(textOf(counted as never)).toBe('counted')
    expect(heard).toEqual(isStreamed ? [1, 2, 3] : [])
    await client.close()
  })

  it(`${isStreamed ? 'serves' : 'clearly refuses'} a client that listens for changes`, async () => {
    const client = await connectModern(url)
    const listening = client.listen({ toolsListChanged: true })
    if (!isStreamed) {
      expect(client.getServerCapabilities()).toEqual({ tools: {} })
      await expect(listening).rejects.toThrow(/Answers are not streamed here/)
      return client.close()
    }
    const heard = vi.fn()
    client.setNotificationHandler('notifications/tools/list_changed', heard)
    await listening
    mcp.notify.toolsChanged()
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1))
    await client.close()
  })
})
