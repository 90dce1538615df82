import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toStreamingLambdaHandler } from './index.ts'
import { recorded } from './testing/events.ts'
import { installStreaming, invokeStreaming, ResponseStream } from './testing/runtime.ts'

const stopped = vi.fn()
const started = vi.fn()

const mcp = createMcpHandler(
  () => {
    const server = new McpServer({ name: 'tested', version: '1' })
    server.registerTool('count', {}, async ({ _meta, sendNotification, signal }) => {
      signal.addEventListener('abort', stopped)
      const progressToken = _meta?.progressToken ?? 0
      await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
      started()
      return new Promise(() => {})
    })
    return server
  },
  { keepAliveMs: 0 },
)

const at = (remaining: number) => ({ getRemainingTimeInMillis: () => remaining })

function modern(shape: string, method: string, params: object = {}) {
  const event = recorded(shape)
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    progressToken: 7,
  }
  const headers = {
    ...Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value])),
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...('name' in params && { 'mcp-name': params.name }),
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } })
  return { ...event, headers, multiValueHeaders: undefined, body, isBase64Encoded: false }
}

const listen = { notifications: { toolsListChanged: true } }

async function messagesOf(response: Response): Promise<any[]> {
  const frames = (await response.text()).split('\n\n').filter(Boolean)
  return frames.map((frame) => JSON.parse(frame.slice(frame.indexOf('data: ') + 6)))
}

beforeEach(() => {
  installStreaming()
  stopped.mockClear()
  started.mockClear()
})
afterEach(() => {
  delete (globalThis as { awslambda?: unknown }).awslambda
})

describe.each(['rest-api', 'function-url'])('toStreamingLambdaHandler behind a %s', (shape) => {
  it('sends what there is before the answer is complete', async () => {
    const response = await invokeStreaming(
      toStreamingLambdaHandler(mcp),
      modern(shape, 'tools/call', { name: 'count' }),
    )
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const { value } = await response.body!.getReader().read()
    expect(Buffer.from(value!).toString()).toContain('notifications/progress')
  })

  it('ends a call in the protocol before the function is ended', async () => {
    const handle = toStreamingLambdaHandler(mcp)
    const response = await invokeStreaming(handle, modern(shape, 'tools/call', { name: 'count' }), at(540))
    expect(await messagesOf(response)).toMatchObject([
      { method: 'notifications/progress' },
      { id: 1, error: { code: -32603, message: 'The answer took more than 40 ms' } },
    ])
  })

  it('gives a listener its final result before the function is ended', async () => {
    const handle = toStreamingLambdaHandler(mcp)
    const response = await invokeStreaming(handle, modern(shape, 'subscriptions/listen', listen), at(540))
    expect(await messagesOf(response)).toMatchObject([
      { method: 'notifications/subscriptions/acknowledged' },
      { id: 1, result: { resultType: 'complete' } },
    ])
  })

  it('ends a stream in time that nothing else ends', async () => {
    const endless = {
      fetch: () =>
        new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('x')) })),
    }
    const response = await invokeStreaming(
      toStreamingLambdaHandler(endless, { reserveMs: 20 }),
      recorded(shape),
      at(40),
    )
    expect(await response.text()).toBe('x')
  })

  it('sends the head of an answer without a body', async () => {
    const cookies = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    const accepting = { fetch: () => new Response(null, { status: 202, headers: cookies }) }
    const response = await invokeStreaming(toStreamingLambdaHandler(accepting), recorded(shape))
    expect([response.status, response.headers.getSetCookie()]).toEqual([202, ['a=1', 'b=2']])
    expect(await response.text()).toBe('')
  })

  it('waits for a client that reads slowly, and carries every byte', async () => {
    let produced = 0
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const body = new ReadableStream({
      pull: (controller) => {
        if (produced++ < 64) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const stream = new ResponseStream()
    const handle = toStreamingLambdaHandler({ fetch: () => new Response(body) })
    const response = await invokeStreaming(handle, recorded(shape), undefined, stream)
    await new Promise(setImmediate)
    expect(produced).toBeLessThan(10)
    expect((await response.arrayBuffer()).byteLength).toBe(64 * chunk.length)
  })

  it('cancels the call where the runtime says that the client has left', async () => {
    const onerror = vi.fn()
    const stream = new ResponseStream()
    const handle = toStreamingLambdaHandler(mcp, { onerror })
    await invokeStreaming(handle, modern(shape, 'tools/call', { name: 'count' }), undefined, stream)
    await vi.waitFor(() => expect(started).toHaveBeenCalled())
    stream.destroy()
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled())
    expect(onerror).not.toHaveBeenCalled()
  })

  it('answers what the handler throws, and has no stack in it', async () => {
    const onerror = vi.fn()
    const failing = {
      fetch: () => {
        throw new Error('secret')
      },
    }
    const response = await invokeStreaming(toStreamingLambdaHandler(failing, { onerror }), recorded(shape))
    expect([response.status, await response.text()]).toEqual([500, expect.not.stringContaining('secret')])
    expect(onerror).toHaveBeenCalledWith(new Error('secret'))
  })
})

describe('toStreamingLambdaHandler', () => {
  it.each(['http-api', 'load-balancer'])('answers a %s, which takes no streams, whole', async (shape) => {
    const handle = toStreamingLambdaHandler(mcp)
    const response = await invokeStreaming(handle, modern(shape, 'subscriptions/listen', listen))
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json'])
  })

  it('answers an HTTP API that sends payload 1.0 whole', async () => {
    const event = { ...modern('rest-api', 'subscriptions/listen', listen), version: '1.0' }
    const response = await invokeStreaming(toStreamingLambdaHandler(mcp), event)
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'application/json'])
  })

  it('answers what is no HTTP request with a result', async () => {
    const stream = new ResponseStream()
    const response = await invokeStreaming(toStreamingLambdaHandler(mcp), {} as never, undefined, stream)
    expect([response.status, stream.contentType]).toEqual([400, 'application/json'])
  })

  it('can be made outside of Lambda, and says there what is missing', async () => {
    delete (globalThis as { awslambda?: unknown }).awslambda
    const answer = invokeStreaming(toStreamingLambdaHandler(mcp), recorded('function-url'))
    await expect(answer).rejects.toThrow(/awslambda\.streamifyResponse is missing/)
  })
})
