import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { legacy, modern } from './testing/requests.ts'
import { factoryOf, registerAll } from './testing/server.ts'

const factory = factoryOf(registerAll)

describe('an option out of its range', () => {
  it.each([
    { maxRequestBodySize: 0 },
    { maxRequestBodySize: Number.NaN },
    { maxSubscriptions: -1 },
    { maxSubscriptionsPerCaller: 0 },
    { maxSubscriptionsPerCaller: Number.NaN },
    { keepAliveMs: -1 },
    { requestTimeoutMs: Number.NaN },
    { requestTimeoutMs: Number.POSITIVE_INFINITY },
    { keepAliveMs: 2 ** 31 },
    { responseMode: 'stream' },
    { legacy: 'sessions' },
    { cacheHints: { 'tools/list': { ttlMs: -1 } } },
    { requestState: { keys: ['short'] } },
    { requestState: { keys: [new Uint8Array(31)] } },
    { requestState: { keys: [undefined] } },
    { requestState: { ttlMs: 0 } },
    { requestState: { ttlMs: Number.POSITIVE_INFINITY } },
    { requestState: { ttlMs: Number.NaN } },
    { requestState: { maxRounds: 0 } },
    { requestState: { maxBytes: 0 } },
    { cacheHints: { 'tools/list': { ttlMs: 1.5 } } },
    { cacheHints: { 'tools/list': { cacheScope: 'shared' } } },
  ])('is refused at once: %j', (options) => {
    expect(() => createMcpHandler(factory, options as never)).toThrow(RangeError)
  })
})

describe('an error of options', () => {
  const refused = (options: unknown): string => {
    try {
      createMcpHandler(factory, options as never)
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message}`
    }
    return 'taken'
  }

  it.each([
    ['a function', () => {}, 'a function'],
    ['an instance', new Map(), 'an instance of Map'],
    [
      'an instance without a constructor',
      Object.create(Object.create(Object.create(null))),
      'an instance of a class',
    ],
    ['a URL', new URL('https://a.example/'), '"https://a.example/"'],
    ['a BigInt', 10n, '10'],
  ])('shows %s', (_, responseMode, expected) => {
    expect(refused({ responseMode })).toContain(`(got ${expected})`)
  })

  it('names the option, what came and what is allowed', () => {
    expect(refused({ responseMode: 'stream' })).toBe(
      'RangeError: createMcpHandler: responseMode must be "auto", "json" or "sse" (got "stream")',
    )
    expect(refused({ keepAliveMs: -1 })).toBe(
      'RangeError: createMcpHandler: keepAliveMs must be a number of milliseconds from 0 to 2147483647 (got -1)',
    )
    expect(refused({ requestState: { maxRounds: Number.NaN } })).toBe(
      'RangeError: createMcpHandler: requestState.maxRounds must be a number above 0 (got NaN)',
    )
    expect(refused({ cacheHints: { 'tools/list': { ttlMs: -1 } } })).toMatch(
      /cacheHints of tools\/list must have a ttlMs .* \(got \{"ttlMs":-1\}\)/,
    )
  })

  it('shows no secret, and of anything else not much', () => {
    expect(refused({ requestState: { keys: ['hunter2'] } })).toMatch(/keys must be a list of secrets/)
    expect(refused({ requestState: { keys: ['hunter2'] } })).not.toMatch(/hunter2/)
    expect(refused({ responseMode: 'x'.repeat(10_000) }).length).toBeLessThan(200)
  })

  it.each([
    ['responseMod', 'did you mean responseMode?'],
    ['onError', 'did you mean onerror?'],
    ['maxRequestBodysize', 'did you mean maxRequestBodySize?'],
    ['keepAlive', 'did you mean keepAliveMs?'],
    ['basePath', 'known are legacy, extensions, responseMode'],
  ])('names an option that there is not, and the nearest: %s', (name, help) => {
    expect(refused({ [name]: 'json' })).toContain(
      `TypeError: createMcpHandler: there is no option "${name}": ${help}`,
    )
    expect(refused({ [name]: undefined })).toBe('taken')
  })

  it('names a member of requestState that there is not', () => {
    expect(refused({ requestState: { ttl: 5 } })).toBe(
      'TypeError: createMcpHandler: requestState: there is no option "ttl": did you mean ttlMs?',
    )
  })

  it.each([
    ['a function', async () => new Response()],
    ['an object', { fetch: async () => new Response() }],
    ['a handler of Portico', createMcpHandler(factory)],
  ])("says how to put a handler of one's own in front, where it is given as legacy: %s", (_, legacy) => {
    const text = refused({ legacy })
    expect(text).toMatch(/^TypeError: createMcpHandler: legacy must be "stateless", "reject" or/)
    expect(text).toMatch(/if \(await isLegacyRequest\(request\)\) return yourHandler\(request\)/)
  })

  it('says that a server is no factory', () => {
    const server = factory({ era: 'modern' })
    expect(() => createMcpHandler(server as never)).toThrow(
      /^createMcpHandler: factory must be a function that returns a new server for each request/,
    )
  })
})

describe('without onerror', () => {
  const printed = async (use: (serve: typeof createMcpHandler) => Promise<unknown>): Promise<string[]> => {
    const error = vi.spyOn(console, 'error').mockImplementation(() => {})
    try {
      await use(createMcpHandler)
      return error.mock.calls.map((call) => call.map(String).join(' '))
    } finally {
      error.mockRestore()
    }
  }

  it('a factory that throws is printed once, with what to do', async () => {
    const lines = await printed((serve) =>
      serve(() => {
        throw new Error('DATABASE_URL is not set')
      }).fetch(modern('tools/list')),
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^Portico: Error: DATABASE_URL is not set/)
    expect(lines[0]).toMatch(/factory of createMcpHandler threw.*return a new server each time/s)
  })

  it('a tool that is registered twice is named', async () => {
    const lines = await printed((serve) =>
      serve(
        factoryOf((server) => {
          server.registerTool('twice', {}, async () => ({ content: [] }))
          server.registerTool('twice', {}, async () => ({ content: [] }))
        }),
      ).fetch(modern('tools/list')),
    )
    expect(lines).toEqual([expect.stringContaining('Tool twice is already registered')])
  })

  it.each(['sync', 'async'])('a factory that takes its context for a server is told so: %s', async (kind) => {
    const register = (server: any): void => server.tool('x', async () => ({ content: [] }))
    const shaped = kind === 'sync' ? register : async (server: any) => register(server)
    const lines = await printed((serve) => serve(shaped as never).fetch(legacy('tools/list')))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/server\.tool is not a function/)
    expect(lines[0]).toMatch(/has to build a server and return it/)
  })

  it('a factory that returns no server is printed', async () => {
    expect(await printed((serve) => serve((() => undefined) as never).fetch(modern('tools/list')))).toEqual([
      expect.stringContaining('The factory must return a server'),
    ])
  })

  it('what handlers throw by accident is printed', async () => {
    const lines = await printed((serve) =>
      serve(factory).fetch(modern('resources/read', { params: { uri: 'doc://broken' } })),
    )
    expect(lines).toEqual([expect.stringContaining('resources/read failed: ENOENT: /etc/secret')])
  })

  it('neither probes nor mistakes of clients are printed, nor a handler that is closed', async () => {
    const lines = await printed(async (serve) => {
      const handler = serve(factory)
      await handler.fetch(new Request('http://localhost/mcp'))
      await handler.fetch(new Request('http://localhost/mcp', { method: 'DELETE' }))
      await handler.fetch(modern('no/such'))
      await handler.fetch(modern('tools/call', { params: {} }))
      await handler.fetch(legacy('tools/list', {}, { 'mcp-protocol-version': '1999-01-01' }))
      await handler.fetch(new Request('http://localhost/mcp', { method: 'POST', body: '{' }))
      await handler.close()
      await handler.fetch(modern('tools/list')).catch(() => {})
    })
    expect(lines).toEqual([])
  })

  it("reaches a caller's own onerror as a Refusal all the same", async () => {
    const onerror = vi.fn()
    await createMcpHandler(factory, { onerror }).fetch(new Request('http://localhost/mcp'))
    expect(onerror.mock.calls).toEqual([
      [expect.objectContaining({ name: 'Refusal', reason: 'method-not-allowed' })],
    ])
  })
})

describe('onerror', () => {
  it('never changes an answer', async () => {
    const onerror = vi.fn(() => {
      throw new Error('logger down')
    })
    const handler = createMcpHandler(factory, { onerror })
    expect((await handler.fetch(modern('no/such'))).status).toBe(404)
    expect((await handler.fetch(new Request('http://localhost/mcp'))).status).toBe(405)
    expect(onerror).toHaveBeenCalled()
  })

  it('that throws does not stop a change event either', async () => {
    const handler = createMcpHandler(factory, {
      onerror: () => {
        throw new Error('logger down')
      },
    })
    const heard = vi.fn()
    handler.bus.subscribe(() => {
      throw new Error('listener down')
    })
    handler.bus.subscribe(heard)
    handler.notify.toolsChanged()
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it('gets an Error whatever was thrown', async () => {
    const onerror = vi.fn()
    const handler = createMcpHandler(() => Promise.reject('text'), { onerror })
    await handler.fetch(modern('tools/list'))
    expect(onerror).toHaveBeenCalledWith(new Error('text'))
  })
})

describe('fetch', () => {
  it('may be detached', async () => {
    const { fetch } = createMcpHandler(factory)
    expect((await fetch(modern('tools/list'))).status).toBe(200)
  })
})

describe('importing core', () => {
  it('starts nothing', async () => {
    const before = process.getActiveResourcesInfo().length
    await import('./index.ts')
    expect(process.getActiveResourcesInfo().length).toBeLessThanOrEqual(before)
  })
})
