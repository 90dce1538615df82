import { gzipSync } from 'node:zlib'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { scopes, staticVerifier, withAuth } from './index.ts'
import { bearer, message, modern, post } from './testing/notes.ts'

const verifier = staticVerifier({ reader: { clientId: 'reader', scopes: ['notes:read'] } })
const rules = scopes({
  tools: { purge: ['notes:write'] },
  resources: { 'note://secret/*': ['notes:write'] },
})

/** A handler with a forbidden tool; `ran` says what of it was called. */
function create(options?: Parameters<typeof createMcpHandler>[1]) {
  const ran: string[] = []
  const mcp = createMcpHandler(() => {
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    for (const name of ['read', 'purge']) {
      server.registerTool(name, { description: name }, async () => {
        ran.push(name)
        return { content: [] }
      })
    }
    return server
  }, options)
  return { ran, mcp, handler: withAuth(mcp, { verifier, scopes: rules }) }
}

const purge = message('tools/call', { name: 'purge', arguments: {} })

describe('a forbidden tool does not run', () => {
  const forms: Record<string, Request> = {
    'another name in the header': modern('tools/call', { name: 'purge' }, { 'mcp-name': 'read' }),
    'another method in the header': modern('tools/call', { name: 'purge' }, { 'mcp-method': 'ping' }),
    'a name twice': post(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read","name":"purge"}}',
    ),
    'params twice': post(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"},"params":{"name":"purge"}}',
    ),
    'an escaped name': post(
      '{"jsonrpc":"2.0","id":1,"method":"tools\\/call","params":{"name":"\\u0070urge"}}',
    ),
    'a byte order mark': post(`\ufeff${JSON.stringify(purge)}`),
    'another case of the method': post(message('Tools/Call', { name: 'purge' })),
    'another case of the name': post(message('tools/call', { name: 'Purge' })),
    'a space behind the name': post(message('tools/call', { name: 'purge ' })),
    'a full-width name': post(message('tools/call', { name: 'ｐurge' })),
    'a name in a list': post(message('tools/call', { name: ['purge'] })),
    'a name from a prototype': post(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"purge"}}}',
    ),
    'a call from a prototype': post('{"jsonrpc":"2.0","id":1,"__proto__":{"method":"tools/call"}}'),
    'a batch': post([message('ping'), { ...purge, id: 2 }]),
    'a batch in a batch': post([[purge]]),
    'a notification': post({ ...purge, id: undefined }),
    'a task': post(message('tools/call', { name: 'purge', task: { ttl: 1000 } })),
    'a reply that is a call as well': post({ ...purge, result: {} }),
    'another type': post(purge, { 'content-type': 'text/plain' }),
    'a parameter of the type': post(purge, { 'content-type': 'Application/JSON ; charset=utf-16' }),
    'a GET': new Request('http://localhost/mcp?method=tools/call&name=purge'),
  }

  it.each(Object.entries(forms))('by %s', async (_, form) => {
    const { handler, ran } = create()
    const request = new Request(form)
    request.headers.set('authorization', 'Bearer reader')
    await (await handler.fetch(request)).text()
    expect(ran).toEqual([])
  })

  it('in a body that is larger than the gate reads, where the handler reads it', async () => {
    const { handler, ran } = create({ maxRequestBodySize: 16 * 1024 * 1024 })
    const large = JSON.stringify({ ...purge, padding: 'x'.repeat(5 * 1024 * 1024) })
    const declared = post(large, { ...bearer('reader'), 'content-length': String(large.length) })
    expect((await handler.fetch(declared)).status).toBe(413)
    expect(ran).toEqual([])
  })

  it('in a body that only a lenient handler can read', async () => {
    const { mcp, ran } = create()
    const lenient = {
      fetch: async (request: Request) => mcp.fetch(request, { parsedBody: await request.json() }),
    }
    const bytes = Buffer.concat([
      Buffer.from(JSON.stringify({ ...purge, padding: '' }).slice(0, -2)),
      Buffer.from([0xff, 0x22, 0x7d]),
    ])
    const request = new Request(post('', bearer('reader')), { method: 'POST', body: bytes })
    expect((await withAuth(lenient, { verifier, scopes: rules }).fetch(request)).status).toBe(400)
    expect(ran).toEqual([])
  })

  it('by a resource under a spelling with an escape that is none', async () => {
    const { handler } = create()
    for (const uri of ['note://%73ecret/%E0', 'note://secret%2F%FF', 'note://x/%E0']) {
      const { status } = await handler.fetch(post(message('resources/read', { uri }), bearer('reader')))
      expect([uri, status]).toEqual([uri, uri.includes('/x/') ? 200 : 403])
    }
  })
})

describe('a challenge', () => {
  it('grows no further than a proxy lets through, whatever a caller names', async () => {
    const { mcp } = create()
    const named = scopes(({ name }) => [`use:${name}`])
    const handler = withAuth(mcp, { verifier, scopes: named })
    for (const [name, written] of [
      ['purge', 'use:purge'],
      ['x'.repeat(100_000), undefined],
      ['a"\r\nset-cookie: b', undefined],
      ['ü', undefined],
    ] as const) {
      const answer = await handler.fetch(post(message('tools/call', { name }), bearer('reader')))
      expect(answer.status).toBe(403)
      const challenge = answer.headers.get('www-authenticate') ?? ''
      expect(/ scope="([^"]*)"/.exec(challenge)?.[1]).toBe(written)
      expect([...answer.headers.keys()]).toEqual(['cache-control', 'content-type', 'www-authenticate'])
      expect(challenge.length).toBeLessThan(5000)
    }
  })
})

describe('a list does not leak', () => {
  const list = { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'read' }, { name: 'purge' }] } }
  const json = JSON.stringify(list)
  const asked = (response: Response, options = {}) =>
    withAuth({ fetch: async () => response }, { verifier, scopes: rules, ...options }).fetch(
      post(message('tools/list'), bearer('reader')),
    )

  it.each([
    ['compressed JSON', gzipSync(json), 'application/json'],
    ['a compressed stream', gzipSync(`data: ${json}\n\n`), 'text/event-stream'],
  ])('as %s, which cannot be filtered', async (_, body, type) => {
    const headers = { 'content-type': type, 'content-encoding': 'gzip' }
    const answer = await asked(new Response(body, { headers }))
    expect(answer.status).toBe(500)
    expect(answer.headers.has('content-encoding')).toBe(false)
    expect(await answer.json()).toEqual({
      jsonrpc: '2.0',
      error: { code: -32603, message: 'Internal error' },
    })
  })

  it.each([
    ['Application/JSON', json],
    ['application/json;charset=utf-8', json],
    ['Text/Event-Stream', `data: ${json}\n\n`],
    ['text/event-stream', `data: 1\n\r\ndata: ${json}\r\n\n`],
    ['text/event-stream', `data: 1\r\ndata: ${json}\n\n`],
    ['application/json', `${json}${json}`],
  ])('as %s %s', async (type, body) => {
    const answer = await asked(new Response(body, { headers: { 'content-type': type } }))
    expect(await answer.text().catch(String)).not.toContain('purge')
  })

  it('where the rules break over it', async () => {
    const broken = scopes(({ name }) => ({ read: [] as string[] })[name]!.slice())
    for (const [type, body] of [
      ['application/json', json],
      ['text/event-stream', `data: ${json}\n\n`],
    ] as const) {
      const answer = asked(new Response(body, { headers: { 'content-type': type } }), { scopes: broken })
      const text = await answer.then((response) => response.text()).catch(String)
      expect(text).not.toContain('"purge"')
    }
  })
})
