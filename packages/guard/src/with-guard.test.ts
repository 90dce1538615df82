import { describe, expect, it, vi } from 'vitest'
import { GuardRefusal, withGuard } from './index.ts'
import { mcp, PING, ping, refusalIn } from './testing/requests.ts'

/** A handler that tells what it was given. */
const telling = {
  fetch: async (request: Request, options: any = {}) =>
    Response.json({
      url: request.url,
      body: request.body && (await request.json()),
      clientAddress: options.clientAddress,
    }),
}

describe('withGuard()', () => {
  it('serves this machine and no other, unless told otherwise', async () => {
    const handler = withGuard(mcp())
    const status = async (headers: Record<string, string>) => (await handler.fetch(ping(headers))).status
    expect(await status({ host: 'localhost:3000' })).toBe(200)
    expect(await status({ host: '[::1]', origin: 'http://127.0.0.1:5173' })).toBe(200)
    expect(await status({ host: 'evil.example' })).toBe(403)
    expect(await status({ host: 'localhost', origin: 'http://evil.example' })).toBe(403)
    expect(await status({ host: 'localhost', origin: 'null' })).toBe(403)
  })

  it('refuses in JSON-RPC without an id, and names the option', async () => {
    const handler = withGuard(mcp())
    const response = await handler.fetch(ping({ host: 'evil.example' }))
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      error: {
        code: -32600,
        message: 'The host evil.example is not served here; allowedHosts or publicUrl would allow it',
        data: { reason: 'host-not-allowed', option: 'allowedHosts' },
      },
    })
  })

  it('tells onerror of refusals, and answers even if it throws', async () => {
    const onerror = vi.fn(() => {
      throw new Error('logger down')
    })
    const handler = withGuard(mcp(), { onerror })
    expect((await handler.fetch(ping({ origin: 'http://evil.example' }))).status).toBe(403)
    const [refusal] = onerror.mock.calls[0] as unknown as [GuardRefusal]
    expect(refusal).toBeInstanceOf(GuardRefusal)
    expect(refusal).toMatchObject({ reason: 'origin-not-allowed', status: 403, code: -32600 })
  })

  it('keeps the other members of a handler, and is bound', async () => {
    const inner = mcp()
    const { fetch, close, notify, bus } = withGuard(inner)
    expect([close, notify, bus]).toEqual([inner.close, inner.notify, inner.bus])
    expect(await (await fetch(ping())).json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('hands on the identity and a parsed body', async () => {
    const inner = { fetch: vi.fn(async () => new Response()) }
    const options = { authInfo: { token: 't', clientId: 'c', scopes: [] }, parsedBody: PING }
    await withGuard(inner).fetch(ping(), options)
    expect(inner.fetch).toHaveBeenCalledWith(expect.any(Request), options)
  })

  it('refuses before the handler is asked', async () => {
    const inner = { fetch: vi.fn(async () => new Response()) }
    await withGuard(inner).fetch(ping({ host: 'evil.example' }))
    expect(inner.fetch).not.toHaveBeenCalled()
  })
})

describe('publicUrl', () => {
  const handler = withGuard(mcp(), { publicUrl: 'https://mcp.example.com/mcp' })

  it.each([
    [{ host: 'mcp.example.com' }, 200],
    [{ host: 'localhost:3000' }, 200],
    [{ host: 'mcp.example.com', origin: 'https://mcp.example.com' }, 200],
    [{ host: 'mcp.example.com', origin: 'http://mcp.example.com' }, 403],
    [{ host: 'evil.example' }, 403],
  ])('adds its own host and origin: %j gets %i', async (headers, status) => {
    expect((await handler.fetch(ping(headers))).status).toBe(status)
  })

  it.each(['mcp.example.com', 'ftp://mcp.example.com', '', '/mcp'])('is not %j', (publicUrl) => {
    expect(() => withGuard(mcp(), { publicUrl })).toThrow(TypeError)
  })
})

describe('forwarded headers', () => {
  const forwarded = {
    host: 'internal:8080',
    'x-forwarded-host': 'mcp.example.com',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '203.0.113.7',
  }
  const allowedHosts = ['internal', 'mcp.example.com']

  it('change nothing by default', async () => {
    const inner = { fetch: vi.fn(async (_: Request) => new Response()) }
    const request = ping({ ...forwarded, 'x-forwarded-host': 'evil.example' }, 'http://internal:8080/mcp')
    await withGuard(inner, { allowedHosts }).fetch(request, { clientAddress: '10.0.0.1' })
    expect(inner.fetch).toHaveBeenCalledWith(request, { clientAddress: '10.0.0.1' })
    const spoofed = ping({ ...forwarded, host: 'evil.example' }, 'http://evil.example/mcp')
    expect((await withGuard(inner, { allowedHosts }).fetch(spoofed)).status).toBe(403)
  })

  it.each([
    ['a number of hops', 1],
    ['ranges', ['10.0.0.0/8']],
    ['an address', ['10.0.0.1']],
    ['a function', (address: string) => address === '10.0.0.1'],
  ])('count, all three, with %s', async (_, trustProxy) => {
    const handler = withGuard(telling, { allowedHosts: ['mcp.example.com'], trustProxy })
    const request = ping(forwarded, 'http://internal:8080/mcp?x=1')
    const response = await handler.fetch(request, { clientAddress: '10.0.0.1' })
    expect(await response.json()).toEqual({
      url: 'https://mcp.example.com/mcp?x=1',
      body: PING,
      clientAddress: '203.0.113.7',
    })
  })

  it.each([
    ['from a stranger', '192.0.2.1'],
    ['from nobody known', undefined],
    ['from what is no address', 'mcp.example.com'],
  ])('%s count for nothing where ranges are trusted', async (_, clientAddress) => {
    const handler = withGuard(telling, { allowedHosts, trustProxy: ['10.0.0.0/8', 'fd00::/8'] })
    const request = ping(forwarded, 'http://internal:8080/mcp')
    expect(await (await handler.fetch(request, { clientAddress })).json()).toMatchObject({
      url: 'http://internal:8080/mcp',
    })
    const foreign = ping({ ...forwarded, host: 'evil.example' }, 'http://internal:8080/mcp')
    expect((await handler.fetch(foreign, { clientAddress })).status).toBe(403)
  })

  it('tell the scheme alone, where that is all they do', async () => {
    const handler = withGuard(telling, { allowedHosts, trustProxy: 1 })
    const asked = async (headers: Record<string, string>, url?: string) =>
      ((await (await handler.fetch(ping({ 'x-forwarded-proto': 'HTTPS', ...headers }, url))).json()) as any)
        .url
    expect(await asked({ host: 'mcp.example.com' })).toBe('https://mcp.example.com/mcp')
    expect(await asked({}, 'http://mcp.example.com:81/a//b?c')).toBe('https://mcp.example.com:81/a//b?c')
    expect(await asked({ 'x-forwarded-proto': 'ftp' }, 'http://internal/')).toBe('http://internal/')
  })

  it('are checked like any others', async () => {
    const handler = withGuard(telling, { allowedHosts, trustProxy: 1 })
    const status = async (host: string) =>
      (await handler.fetch(ping({ ...forwarded, 'x-forwarded-host': host }, 'http://internal:8080/mcp')))
        .status
    expect(await status('mcp.example.com:443')).toBe(200)
    expect(await status('evil.example')).toBe(403)
    expect(await status('mcp.example.com/evil')).toBe(403)
    expect(await status('mcp.example.com, evil.example')).toBe(403)
  })

  it('leave a body that was parsed in front alone', async () => {
    const handler = withGuard(telling, { allowedHosts, trustProxy: 1 })
    const request = ping(forwarded, 'http://internal:8080/mcp')
    await request.text()
    const response = await handler.fetch(request, { parsedBody: PING })
    expect(await response.json()).toMatchObject({ url: 'https://mcp.example.com/mcp', body: null })
  })
})

describe('limits', () => {
  it.each([
    [{ maxUrlLength: 100 }, ping({}, `http://localhost/${'x'.repeat(100)}`), 414, 'url-too-long'],
    [{ maxHeaderCount: 2 }, ping({ a: '1', b: '2', c: '3' }), 431, 'headers-too-large'],
    [{ maxHeaderBytes: 100 }, ping({ a: 'x'.repeat(100) }), 431, 'headers-too-large'],
  ])('%j', async (limits, request, status, reason) => {
    const [option] = Object.keys(limits)
    expect(await refusalIn(await withGuard(mcp(), limits).fetch(request))).toEqual({ status, reason, option })
    expect((await withGuard(mcp()).fetch(request)).status).toBe(200)
    expect(() => withGuard(mcp(), { [option!]: 0 })).toThrow(RangeError)
  })

  it('are those of the guide, to the last one', async () => {
    const handler = withGuard({ fetch: async () => new Response() })
    const status = async (headers: Record<string, string>, url?: string) =>
      (await handler.fetch(new Request(url ?? 'http://localhost/mcp', { headers }))).status
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, '']))
    expect([await status(many(100)), await status(many(101))]).toEqual([200, 431])
    const long = (length: number) => ({ a: 'x'.repeat(length - 1) })
    expect([await status(long(16_384)), await status(long(16_385))]).toEqual([200, 431])
    const far = (length: number) => 'http://localhost/'.padEnd(length, 'x')
    expect([await status({}, far(8192)), await status({}, far(8193))]).toEqual([200, 414])
  })
})
