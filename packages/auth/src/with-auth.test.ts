import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMcpHandler } from '@portico-mcp/core'
import { withRateLimit } from '@portico-mcp/guard'
import { describe, expect, it, vi } from 'vitest'
import { type AuthOptions, scopes, staticVerifier, withAuth } from './index.ts'
import { bearer, createNotes, message, modern, post } from './testing/notes.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const verifier = staticVerifier({
  ann: { clientId: 'ann', scopes: ['notes:read'], claims: { email: 'ann@example.com' } },
  bob: { clientId: 'bob' },
})

function create(options: Partial<AuthOptions> = {}, notes = createNotes()) {
  return { ...notes, notes: notes.handler, handler: withAuth(notes.handler, { verifier, ...options }) }
}

const initialize = message('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'client', version: '1' },
})
const whoami = message('tools/call', { name: 'read-note', arguments: {} })
const textOf = async (response: Response) => JSON.parse((await response.json()).result.content[0].text)

describe('withAuth', () => {
  it('keeps what else the handler has', async () => {
    const { handler, notes } = create()
    expect(handler.bus).toBe(notes.bus)
    expect(handler.notify).toBe(notes.notify)
    await handler.close()
    await expect(handler.fetch(post(message('ping'), bearer('ann')))).rejects.toThrow('closed')
  })

  it('may be detached', async () => {
    const { fetch } = create().handler
    expect((await fetch(post(message('ping'), bearer('ann')))).status).toBe(200)
  })

  it('hands the identity to the factory, to extra and to getIdentity', async () => {
    const { handler, seen } = create()
    for (const request of [
      post(whoami, bearer('ann')),
      modern('tools/call', { name: 'read-note', arguments: {} }, bearer('ann')),
    ]) {
      const { identity, extra } = await textOf(await handler.fetch(request))
      expect(identity).toEqual({
        sub: 'ann',
        id: 'ann',
        clientId: 'ann',
        scopes: ['notes:read'],
        email: 'ann@example.com',
      })
      expect(extra).toMatchObject({ token: 'ann', clientId: 'ann' })
      expect(seen.pop()).toMatchObject({ token: 'ann', clientId: 'ann' })
    }
  })

  it('keeps parallel callers apart', async () => {
    const { handler } = create()
    const callers = Array.from({ length: 20 }, (_, index) => (index % 2 ? 'ann' : 'bob'))
    const answers = await Promise.all(
      callers.map(async (who) => textOf(await handler.fetch(post(whoami, bearer(who))))),
    )
    expect(answers.map(({ identity }) => identity.id)).toEqual(callers)
  })

  it('does not believe an identity from outside', async () => {
    const authInfo = { token: 'x', clientId: 'root', scopes: [] }
    const { handler, seen } = create({ publicMethods: ['ping'] })
    expect((await handler.fetch(post(whoami), { authInfo })).status).toBe(401)
    expect((await handler.fetch(post(message('ping')), { authInfo })).status).toBe(200)
    expect(seen).toEqual([undefined])
  })

  it.each(['GET', 'DELETE', 'PUT'])('demands a token for %s as well', async (method) => {
    const { handler } = create({ publicMethods: ['ping'] })
    const request = () => new Request('http://localhost/mcp', { method, headers: bearer('ann') })
    expect((await handler.fetch(new Request('http://localhost/mcp', { method }))).status).toBe(401)
    expect((await handler.fetch(request())).status).toBe(405)
  })

  it('reads no body of a caller without a token', async () => {
    const { handler } = create({ scopes: scopes({ tools: { '*': ['any'] } }) })
    const request = post(message('ping'))
    expect((await handler.fetch(request)).status).toBe(401)
    expect(request.bodyUsed).toBe(false)
  })
})

describe('public methods', () => {
  const options = { publicMethods: ['initialize', 'tools/list'], requiredScopes: ['notes:read'] }

  it('are none by default', async () => {
    const { handler } = create()
    for (const body of [initialize, message('tools/list'), message('ping')]) {
      expect((await handler.fetch(post(body))).status).toBe(401)
    }
    expect((await handler.fetch(modern('server/discover'))).status).toBe(401)
  })

  it('need no token, and no scope', async () => {
    const { handler, seen } = create(options)
    expect((await handler.fetch(post(initialize))).status).toBe(200)
    expect((await handler.fetch(post(message('tools/list'), bearer('bob')))).status).toBe(200)
    expect((await handler.fetch(post(whoami))).status).toBe(401)
    expect((await handler.fetch(post(whoami, bearer('bob')))).status).toBe(403)
    expect(seen).toMatchObject([undefined, { clientId: 'bob' }])
  })

  it('still have a token verified that is sent', async () => {
    const { handler } = create(options)
    expect((await handler.fetch(post(message('tools/list'), bearer('forged')))).status).toBe(401)
  })

  it('do not open batches', async () => {
    const { handler } = create(options)
    const batch = [message('tools/list', {}, 1), message('tools/list', {}, 2)]
    expect((await handler.fetch(post(batch))).status).toBe(401)
    expect((await handler.fetch(post([batch[0]]))).status).toBe(401)
    expect((await handler.fetch(post(batch, bearer('ann')))).status).toBe(200)
  })

  it('are read from the body that is served, and from nothing else', async () => {
    const { handler, seen } = create(options)
    const twice =
      '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"read-note"}}'
    const attempts = [
      post(whoami, { 'mcp-method': 'tools/list' }),
      post(twice),
      post({ ...whoami, method: ['tools/list'] }),
      post(whoami, {}, 'http://localhost/mcp?method=tools/list'),
    ]
    for (const request of attempts) expect((await handler.fetch(request)).status).toBe(401)
    expect(seen).toEqual([])
  })

  it('count for a body that a framework has parsed', async () => {
    const { handler } = create(options)
    const request = post('consumed')
    await request.text()
    expect((await handler.fetch(request, { parsedBody: initialize })).status).toBe(200)
  })
})

describe('a body that the gate reads', () => {
  const gated = { scopes: scopes({ tools: { 'purge-*': ['notes:write'] } }) }

  it('is read once', async () => {
    const fetch = vi.fn(async (_: Request, options?: { parsedBody?: unknown }) =>
      Response.json(options?.parsedBody),
    )
    const body = message('ping')
    const response = await withAuth({ fetch }, { verifier, ...gated }).fetch(post(body, bearer('ann')))
    expect(await response.json()).toEqual(body)
  })

  it('is refused by the handler as it would be without a gate', async () => {
    const bodies: [unknown, Record<string, string>][] = [
      ['{', {}],
      ['', {}],
      ['null', {}],
      ['"text"', {}],
      [{ jsonrpc: '1.0' }, {}],
      [[], {}],
      ['{}', { 'content-type': 'text/plain' }],
      [{ ...message('ping'), id: { a: 1 } }, {}],
      [message('tools/call', 'nonsense'), {}],
      [message('tools/call', { name: 5 }), {}],
    ]
    for (const [body, headers] of bodies) {
      const { handler, notes } = create(gated)
      const [given, expected] = await Promise.all([
        handler.fetch(post(body, { ...bearer('ann'), ...headers })),
        notes.fetch(post(body, headers)),
      ])
      expect(given.status).toBe(expected.status)
      expect(await given.text()).toBe(await expected.text())
    }
  })

  it('is held to the limit, declared or not', async () => {
    const limited = createNotes({ maxRequestBodySize: 100 })
    const { handler } = create({ ...gated, maxRequestBodySize: 100 }, limited)
    const large = JSON.stringify(message('ping', { text: 'x'.repeat(200) }))
    const declared = post(large, { ...bearer('ann'), 'content-length': String(large.length) })
    const streamed = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { ...bearer('ann'), 'content-type': 'application/json' },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect((await handler.fetch(declared)).status).toBe(413)
    const answer = await handler.fetch(streamed)
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } })
  })

  it('is not read beyond the limit', async () => {
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 100
        controller.enqueue(new Uint8Array(100))
      },
    })
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { ...bearer('ann'), 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    expect((await create({ ...gated, maxRequestBodySize: 1000 }).handler.fetch(request)).status).toBe(413)
    expect(sent).toBeLessThan(2000)
  })

  it('passes the abort of its request on', async () => {
    let signal: AbortSignal | undefined
    const inner = {
      fetch: async (request: Request) => {
        signal = request.signal
        return new Response()
      },
    }
    const leaving = new AbortController()
    const request = new Request(post(message('ping'), bearer('ann')), { signal: leaving.signal })
    await withAuth(inner, { verifier, ...gated }).fetch(request)
    // Node forgets the signal of a Request that nobody holds
    await new Promise(setImmediate)
    collectGarbage()
    leaving.abort()
    expect([request.signal.aborted, signal?.aborted]).toEqual([true, true])
  })
})

describe('what a handler throws', () => {
  it('is not the gate’s to answer', async () => {
    const handler = createMcpHandler(() => {
      throw new Error('broken factory')
    })
    const response = await withAuth(handler, { verifier }).fetch(post(message('ping'), bearer('ann')))
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: { code: -32603 } })
  })
})

describe('a rate limit behind the gate', () => {
  it('counts the users of an application apart', async () => {
    const users = { a: 'ann', b: 'bob' }
    const verifier = staticVerifier(
      Object.fromEntries(
        Object.entries(users).map(([token, sub]) => [token, { clientId: 'app', claims: { sub } }]),
      ),
    )
    const limited = withRateLimit(createNotes().handler, { capacity: 1, refillPerSecond: 0.001 })
    const { fetch } = withAuth(limited, { verifier })
    const statusOf = async (who: string) => (await fetch(post(message('ping'), bearer(who)))).status
    expect([await statusOf('a'), await statusOf('a'), await statusOf('b')]).toEqual([200, 429, 200])
  })
})
