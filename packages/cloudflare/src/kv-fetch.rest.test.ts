import { Miniflare, Response } from 'miniflare'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWorker } from './testing/isolates.ts'

let worker: Miniflare
const fetched: string[] = []

/** Servers whose responses say in their path how long they may be kept. */
const CONTROLS: Record<string, string> = {
  '/hour': 'public, max-age=3600',
  '/never': 'no-store',
  '/private': 'private, max-age=3600',
  '/short': 'max-age=10',
  '/unsaid': '',
}

beforeAll(async () => {
  worker = new Miniflare({
    modules: true,
    script: await bundleWorker(new URL('./testing/kv-worker.ts', import.meta.url)),
    compatibilityDate: '2026-04-26',
    cf: false,
    kvNamespaces: ['CACHE'],
    durableObjects: { PORTICO: { className: 'PorticoObject', useSQLite: true } },
    bindings: {
      authInfo: { token: 't', clientId: 'binding', scopes: [] },
      clientAddress: '192.0.2.1',
      parsedBody: { jsonrpc: '2.0', id: 9, method: 'ping' },
      streaming: false,
    },
    outboundService: ({ url }) => {
      const { pathname } = new URL(url)
      fetched.push(pathname)
      if (pathname === '/missing') return new Response('', { status: 404 })
      const headers = { 'content-type': 'application/json', 'cache-control': CONTROLS[pathname] ?? '' }
      return new Response(JSON.stringify({ count: fetched.length }), { headers })
    },
  })
  await worker.ready
})
afterAll(() => worker?.dispose())

async function get(
  path: string,
  query: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const url = new URL('http://worker/fetch')
  url.search = String(new URLSearchParams({ url: `https://documents.example${path}`, ...query }))
  const response = await worker.dispatchFetch(url.href)
  return { status: response.status, text: await response.text() }
}

describe('a fetch over KV', () => {
  it.each(['/hour', '/unsaid'])('fetches once what may be kept: %s', async (path) => {
    const first = await get(path)
    const { length } = fetched
    expect(await get(path)).toEqual(first)
    expect(fetched).toHaveLength(length)
  })

  it.each(['/never', '/private', '/short', '/missing'])(
    'fetches each time what may not: %s',
    async (path) => {
      await get(path)
      const { length } = fetched
      await get(path)
      expect(fetched).toHaveLength(length + 1)
    },
  )

  it('fetches each time with credentials', async () => {
    await get('/hour')
    const { length } = fetched
    await get('/hour', { authorization: 'Bearer ann' })
    expect(fetched).toHaveLength(length + 1)
  })
})

it.each(['/platform', '/alone'])('takes no binding for an option of the request: %s', async (path) => {
  const response = await worker.dispatchFetch(`http://worker${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who' } }),
  })
  expect(await response.json()).toMatchObject({ id: 1, result: { content: [{ text: 'nobody' }] } })
})
