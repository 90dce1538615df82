import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Isolates } from './testing/isolates.ts'

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** How often a request calls a Durable Object. Each call is a request that is billed, and takes a round trip. */
const COSTS: [string, boolean, { initialize: number; call: number; modern: number }][] = [
  ['with streams that resume', true, { initialize: 2, call: 8, modern: 0 }],
  ['without', false, { initialize: 2, call: 6, modern: 0 }],
]

describe.each(COSTS)('sessions %s', (_, isResumable, expected) => {
  let isolates: Isolates

  beforeAll(async () => {
    isolates = await Isolates.start(new URL('./testing/sessions-worker.ts', import.meta.url), {
      bindings: { RESUMABLE: isResumable },
    })
  })
  afterAll(() => isolates?.stop())

  async function post(body: object, headers: Record<string, string> = {}): Promise<Response> {
    const init = { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) }
    return fetch(isolates.url('one'), init)
  }

  /** Counts the calls of objects until nothing more is called. */
  async function count(act: () => Promise<unknown>): Promise<number> {
    const read = async (): Promise<number> =>
      (await fetch(isolates.url('one', '/calls'))).json() as Promise<number>
    const before = await read()
    await act()
    let after = await read()
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      const now = await read()
      if (now === after) return after - before
      after = now
    }
  }

  it('call the object of the session no more often than necessary', async () => {
    let session = ''
    const initialize = await count(async () => {
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'a', version: '1' },
      }
      const response = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
      session = String(response.headers.get('mcp-session-id'))
      await response.text()
    })
    const headers = { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }
    await count(() => post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers))
    const call = await count(async () => {
      const params = { name: 'who', arguments: {} }
      const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers)
      expect(await response.text()).toContain('"result"')
    })
    const modern = await count(async () => {
      const _meta = {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'a', version: '1' },
      }
      const body = {
        jsonrpc: '2.0',
        id: 2,
        method: 'tools/call',
        params: { name: 'who', arguments: {}, _meta },
      }
      const head = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'who' }
      expect(await (await post(body, head)).text()).toContain('"result"')
    })
    expect({ initialize, call, modern }).toEqual(expected)
  })
})
