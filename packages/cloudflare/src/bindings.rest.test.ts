import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

const HANDLERS = [
  'createMcpHandler',
  'toFetch',
  'withGuard',
  'withCors',
  'withRateLimit',
  'withResourceMetadata',
]
const identity = { token: 'binding', clientId: 'a binding', scopes: [], extra: { sub: 'binding' } }

/** Workers whose bindings all have the names of options, with values of their types. */
const BINDINGS: [string, object][] = [
  ['authInfo', { bindings: { authInfo: identity } }],
  [
    'authInfo, parsedBody and streaming',
    { bindings: { authInfo: identity, parsedBody: {}, streaming: false } },
  ],
  [
    'authInfo, observer and responseWriter',
    {
      bindings: { authInfo: identity },
      kvNamespaces: ['observer'],
      serviceBindings: { responseWriter: () => new Response('bound') },
    },
  ],
]

describe.each(BINDINGS)('a Worker with bindings named %s', (_, bound) => {
  let worker: Miniflare

  beforeAll(async () => {
    worker = new Miniflare({
      modules: true,
      script: await bundleWorker(new URL('./testing/bindings-worker.ts', import.meta.url)),
      compatibilityDate: '2026-04-26',
      cf: false,
      ...bound,
    })
    await worker.ready
  })
  afterAll(() => worker?.dispose())

  async function ask(handler: string, call: string): Promise<unknown> {
    const response = await worker.dispatchFetch(
      `https://bound.example/mcp?${new URLSearchParams({ handler, call })}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who' } }),
      },
    )
    const text = await response.text()
    return /"text":"([^"]*)"/.exec(text)?.[1] ?? text
  }

  it.each(HANDLERS)('has no identity of a binding behind %s', async (handler) => {
    expect(await ask(handler, 'the bindings alone')).toBe('nobody')
    expect(await ask(handler, 'a copy of the bindings')).toBe('nobody')
    expect(await ask(handler, 'all that the platform passes')).toBe('nobody')
  })

  it.each(HANDLERS)('has the identity that its own code passes to %s', async (handler) => {
    expect(await ask(handler, 'options of user code')).toBe('own code')
  })
})
