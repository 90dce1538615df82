import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { Refusal } from './http/errors.ts'
import type { LegacyTransport } from './legacy/extension-point.ts'
import { ask, deferred, frames, json, legacy, messages, modern, post } from './testing/requests.ts'
import { factoryOf } from './testing/server.ts'

const started = vi.fn()

const factory = factoryOf((server) => {
  server.registerTool('count', {}, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken ?? 'none'
    await sendNotification({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  server.registerTool('wait', {}, async () => {
    started()
    await deferred().promise
    return { content: [] }
  })
  server.registerResource('readme', 'doc://readme', {}, async () => ({ contents: [] }))
})

const count = { params: { name: 'count' }, meta: { progressToken: 1 } }
const counted = { id: 1, result: { content: [{ text: 'counted' }] } }
const buffered = { streaming: false }

describe('an adapter whose answers are not streamed', () => {
  it.each(['auto', 'json', 'sse'] as const)('gets JSON in mode %s, in both eras', async (responseMode) => {
    const handler = createMcpHandler(factory, { responseMode })
    for (const request of [modern('tools/call', count), legacy('tools/call', { name: 'count' })]) {
      const response = await handler.fetch(request, buffered)
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(await response.json()).toMatchObject(counted)
    }
  })

  it('gets a whole stream for a client that takes nothing else', async () => {
    const headers = { accept: 'text/event-stream' }
    const handler = createMcpHandler(factory)
    const response = await handler.fetch(modern('tools/call', { ...count, headers }), buffered)
    expect(await messages(response)).toMatchObject([{ method: 'notifications/progress' }, counted])
  })

  it.each([undefined, 'text/event-stream'])(
    'cannot have anybody listen for changes (Accept: %s)',
    async (accept) => {
      const handler = createMcpHandler(factory)
      const params = { notifications: { resourcesListChanged: true } }
      const response = await handler.fetch(
        modern('subscriptions/listen', { params, headers: { accept } }),
        buffered,
      )
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({
        id: 1,
        error: { code: -32601, message: 'Answers are not streamed here' },
      })
    },
  )

  it('promises no changes', async () => {
    const handler = createMcpHandler(factory)
    const { result } = await ask(handler, modern('server/discover'), buffered)
    expect(result.capabilities).toEqual({ logging: {}, tools: {}, resources: {} })
    const streamed = await ask(handler, modern('server/discover'))
    expect(streamed.result.capabilities.tools).toEqual({ listChanged: true })
  })

  it('leaves a session without its stream (405)', async () => {
    const serve = vi.fn(async () => new Response('served'))
    const sessions: LegacyTransport = { create: () => ({ methods: ['GET', 'DELETE'], fetch: serve }) }
    const handler = createMcpHandler(factory, { legacy: sessions })
    const refused = await handler.fetch(new Request('http://localhost/mcp'), buffered)
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, DELETE'])
    expect(serve).not.toHaveBeenCalled()
    const ended = await handler.fetch(new Request('http://localhost/mcp', { method: 'DELETE' }), buffered)
    expect(await ended.text()).toBe('served')
  })
})

describe('an adapter that aborts a request with a refusal', () => {
  const timeout = new Refusal('request-timeout', 'No time left')
  const timeoutError = { id: 1, error: { code: -32603, message: 'No time left' } }

  async function abortWhileWaiting(request: (init: RequestInit) => Request, responseMode?: 'sse') {
    started.mockClear()
    const abortion = new AbortController()
    const handler = createMcpHandler(factory, responseMode && { responseMode })
    const answer = handler.fetch(request({ signal: abortion.signal }))
    await vi.waitFor(() => expect(started).toHaveBeenCalled())
    abortion.abort(timeout)
    return answer
  }

  const wait = { name: 'wait' }
  const requests: [string, (init: RequestInit) => Request][] = [
    ['2026-07-28', (init) => modern('tools/call', { params: wait, init })],
    ['2025-era', (init) => post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: wait }, {}, init)],
  ]

  it.each(requests)('has it answered with that refusal (%s)', async (_, request) => {
    const response = await abortWhileWaiting(request)
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject(timeoutError)
  })

  it.each(requests)('has an open stream end with it (%s)', async (_, request) => {
    expect(await messages(await abortWhileWaiting(request, 'sse'))).toMatchObject([timeoutError])
  })

  it('has a listener get its final result', async () => {
    const abortion = new AbortController()
    const params = { notifications: { resourcesListChanged: true } }
    const request = modern('subscriptions/listen', { params, init: { signal: abortion.signal } })
    const stream = frames(await createMcpHandler(factory).fetch(request))
    expect((await stream.next()).value.method).toBe('notifications/subscriptions/acknowledged')
    abortion.abort(timeout)
    expect((await stream.next()).value).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect((await stream.next()).done).toBe(true)
  })

  it('has a body that stopped arriving refused with it', async () => {
    const abortion = new AbortController()
    const body = new ReadableStream({
      start: (controller) =>
        abortion.signal.addEventListener('abort', () => controller.error(new Error('gone'))),
    })
    const init = { body, duplex: 'half', signal: abortion.signal } as RequestInit
    const answer = createMcpHandler(factory).fetch(post('', {}, init))
    abortion.abort(timeout)
    expect(await json(answer)).toMatchObject({ error: { message: 'No time left' } })
  })
})
