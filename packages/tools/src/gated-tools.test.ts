import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { staticVerifier, withAuth } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createGatedToolRegistrar, type GatedToolRegistrarOptions, type ToolIdentity } from './index.ts'
import { closeServers } from './testing/api.ts'
import { connect, createToolHandler, pairs, readText, serverClasses } from './testing/clients.ts'

afterEach(closeServers)

const verifier = staticVerifier({
  reader: { clientId: 'ann', scopes: ['notes:read'] },
  writer: { clientId: 'bob', scopes: ['notes:read', 'notes:write'] },
  admin: { clientId: 'eve', scopes: ['admin'] },
})

type Options = Partial<GatedToolRegistrarOptions<ToolIdentity, object>>

function gated(server: SdkMcpServer, options: Options = {}): void {
  server.registerTool('open', { description: 'For all' }, async () => ({ content: [] }))
  const { register } = createGatedToolRegistrar({ server, ...options })
  register({ name: 'whoami', description: 'Says who', method: ({ userId }) => ({ userId }) })
  register({ name: 'read', description: 'Reads', requiredScope: 'notes:read', method: () => 'read' })
  register({ name: 'write', description: 'Writes', requiredScope: 'notes:write', method: () => 'written' })
  server.registerTool('late', { description: 'For all' }, async () => ({ content: [] }))
}

const guardedBy = (server: string, options?: Options) =>
  withAuth(
    createToolHandler(server, (server) => gated(server, options)),
    {
      verifier,
      publicMethods: [
        'initialize',
        'notifications/initialized',
        'server/discover',
        'tools/list',
        'tools/call',
      ],
      scopeHierarchy: { admin: ['notes:write'] },
    },
  )

describe.each(pairs)('on the server class of %s, to a client of %s', (server, client) => {
  it.each([
    ['nobody', ['open', 'late']],
    ['reader', ['open', 'whoami', 'read', 'late']],
    ['writer', ['open', 'whoami', 'read', 'write', 'late']],
    ['admin', ['open', 'whoami', 'write', 'late']],
  ])('lists for %s what it may call', async (who, names) => {
    const headers: Record<string, string> = who === 'nobody' ? {} : { authorization: `Bearer ${who}` }
    const connected = await connect(guardedBy(server), client, headers)
    const { tools } = await connected.listTools()
    expect(tools.map(({ name }) => name)).toEqual(names)
    for (const name of ['open', 'whoami', 'read', 'write', 'late']) {
      const { isError } = await connected.callTool(name)
      expect([name, isError !== true]).toEqual([name, names.includes(name)])
    }
  })

  it('lists everything if told to', async () => {
    const connected = await connect(guardedBy(server, { listAnyway: true }), client)
    expect((await connected.listTools()).tools).toHaveLength(5)
  })
})

describe('gated tools behind a public tools/list', () => {
  const warn = vi.spyOn(console, 'warn')
  beforeEach(() => {
    vi.resetModules()
    warn.mockReset().mockImplementation(() => {})
  })
  afterAll(() => warn.mockRestore())

  /** What is warned of where these clients list the tools. */
  async function warnings(options: Options, ...tokens: (string | undefined)[]): Promise<string[]> {
    const fresh = await import('./gated-tools.ts')
    // of the same load, or neither would find the caller of the other
    const { withAuth } = await import('@portico-mcp/auth')
    for (const token of tokens) {
      const handler = withAuth(
        createToolHandler('Portico', (server) => {
          const { register } = fresh.createGatedToolRegistrar({ server, ...options })
          register({ name: 'read', description: 'Reads', method: () => 'read' })
        }),
        {
          verifier,
          publicMethods: ['initialize', 'notifications/initialized', 'server/discover', 'tools/list'],
        },
      )
      const client = await connect(handler, pairs[0]![1], token ? { authorization: `Bearer ${token}` } : {})
      await client.listTools()
    }
    return warn.mock.calls.map(([text]) => String(text)).filter((text) => text.startsWith('createGatedTool'))
  }

  it('are warned of once', async () => {
    const [text, ...more] = await warnings({}, undefined, undefined)
    expect(text).toMatch(/1 gated tool was left out.*publicMethods.*listAnyway/)
    expect(more).toEqual([])
  })

  it('are not warned of where they are listed, or the caller is known', async () => {
    expect(await warnings({}, 'reader')).toEqual([])
    expect(await warnings({ listAnyway: true }, undefined)).toEqual([])
  })
})

/** Calls tools of one server in this process. */
async function inProcess(
  register: (server: SdkMcpServer) => unknown,
  server: SdkMcpServer = new McpServer({ name: 's', version: '1' }),
) {
  register(server)
  const client = new Client({ name: 'c', version: '1' })
  const [here, there] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(there), client.connect(here)])
  return {
    client,
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name: string, args: Record<string, unknown> = {}): Promise<any> =>
      client.callTool({ name, arguments: args }),
  }
}

const ann = { userId: 'ann', scopes: ['a'] }

describe('a call', () => {
  it('passes identity, scope, gates, context and method in that order', async () => {
    const order: string[] = []
    const note = (what: string) => () => void order.push(what)
    const { call } = await inProcess((server) => {
      const { register } = createGatedToolRegistrar({
        server,
        resolveIdentity: () => {
          order.push('identity')
          return ann
        },
        gates: [note('first'), async () => note('second')()],
        buildContext: () => {
          order.push('context')
          return { tenantId: 't' }
        },
      })
      register({
        name: 'tool',
        description: 'Does',
        requiredScope: 'a',
        inputSchema: { n: z.number() },
        gates: [note('own')],
        method: ({ n, userId, tenantId }) => {
          order.push('method')
          return { n, userId, tenantId }
        },
      })
    })
    const result = await call('tool', { n: 1 })
    expect(order).toEqual(['identity', 'first', 'second', 'own', 'context', 'method'])
    expect(JSON.parse(readText(result))).toEqual({ n: 1, userId: 'ann', tenantId: 't' })
  })

  it.each([
    ['returns nothing', () => undefined],
    [
      'throws',
      () => {
        throw new TypeError('jwt is undefined')
      },
    ],
  ])('of nobody is unauthorized: the identity %s', async (_, resolveIdentity) => {
    const { call } = await inProcess((server) => gated(server, { resolveIdentity }))
    const result = await call('whoami')
    expect([result.isError, readText(result)]).toEqual([true, '{"error":"Unauthorized"}'])
  })

  it.each<[ToolIdentity, boolean]>([
    [{ userId: 'a', scopes: ['notes:read'] }, true],
    [{ userId: 'a', scope: 'openid notes:read' }, true],
    [{ userId: 'a', scope: 'notes:read2', scopes: ['x'] }, false],
    [{ userId: 'a', scopes: 'notes:read2' as never }, false],
    [{ userId: 'a', scopes: { includes: () => true } as never }, false],
    [{ userId: 'a' }, false],
  ])('needs the scope, wherever %j has it', async (identity, may) => {
    const { call, list } = await inProcess((server) => gated(server, { resolveIdentity: () => identity }))
    const result = await call('read')
    expect(result.isError !== true).toBe(may)
    expect((await list()).includes('read')).toBe(may)
    if (!may) expect(JSON.parse(readText(result)).error).toContain('"notes:read"')
  })

  it.each([
    [{ userId: '' }],
    [{ userId: '  ' }],
    [{ userId: null }],
    [{ userId: undefined }],
    [{ userId: {} }],
    [{}],
  ])('of an identity that names nobody is unauthorized: %j', async (identity) => {
    const { call, list } = await inProcess((server) =>
      gated(server, { resolveIdentity: () => identity as never }),
    )
    expect(readText(await call('whoami'))).toBe('{"error":"Unauthorized"}')
    expect(await list()).toEqual(['open', 'late'])
  })

  it('needs no scope where none is enforced', async () => {
    const { call, list } = await inProcess((server) =>
      gated(server, { resolveIdentity: () => ({ userId: 'a' }), enforceScope: false }),
    )
    expect(readText(await call('write'))).toBe('"written"')
    expect(await list()).toContain('write')
  })

  it.each(serverClasses)(
    'tells nothing of its arguments to who may not call it, on the class of %s',
    async (_, Class) => {
      let identity: ToolIdentity | undefined
      const { call } = await inProcess(
        (server) => {
          const { register } = createGatedToolRegistrar({ server, resolveIdentity: () => identity })
          const inputSchema = { colour: z.enum(['hidden-red', 'hidden-blue']) }
          register({
            name: 'paint',
            description: 'Paints',
            requiredScope: 'paint',
            inputSchema,
            method: () => 1,
          })
          register({
            name: 'dye',
            description: 'Dyes',
            requiredScope: 'dye',
            inputSchema: z.object(inputSchema),
            method: () => 1,
          })
        },
        new Class({ name: 's', version: '1' }),
      )
      for (const tool of ['paint', 'dye']) {
        identity = undefined
        expect(readText(await call(tool, { colour: 1 }))).toBe('{"error":"Unauthorized"}')
        identity = { userId: 'ann' }
        expect(JSON.parse(readText(await call(tool, { colour: 1 })))).toEqual({
          error: `Tool ${tool} requires the scope "${tool}"`,
        })
        identity = { userId: 'ann', scope: 'paint dye' }
        expect(readText(await call(tool, { colour: 1 }))).toMatch(/Input validation error: .*hidden-red/s)
        expect(readText(await call(tool, { colour: 'hidden-red' }))).toBe('1')
      }
    },
  )

  it.each(serverClasses)(
    'is described as it would be without gates, on the class of %s',
    async (_, Class) => {
      const shape = { at: z.string().describe('When').default('now'), n: z.number().transform(String) }
      const described = async (inputSchema: z.ZodObject | typeof shape | undefined) => {
        const server = new Class({ name: 's', version: '1' })
        const { register } = createGatedToolRegistrar({ server, resolveIdentity: () => ann })
        const given: unknown[] = []
        register({ name: 'gated', description: 'Does', inputSchema, method: (args) => given.push(args) })
        server.registerTool('plain', { description: 'Does', inputSchema: inputSchema ?? {} }, async () => ({
          content: [],
        }))
        const { client, call } = await inProcess(() => {}, server)
        const [gated, plain] = (await client.listTools()).tools
        expect(gated).toEqual({ ...plain, name: 'gated' })
        await call('gated', { n: 1, more: 2 })
        return given[0]
      }
      expect(await described(shape)).toEqual({ at: 'now', n: '1', userId: 'ann' })
      expect(await described(z.looseObject(shape))).toEqual({ at: 'now', n: '1', more: 2, userId: 'ann' })
      expect(await described(undefined)).toEqual({ userId: 'ann' })
    },
  )

  it('is rejected by a gate, unheard by onError', async () => {
    const heard: unknown[] = []
    const { call } = await inProcess((server) => {
      const { register } = createGatedToolRegistrar({
        server,
        resolveIdentity: () => ann,
        onError: (error) => void heard.push(error),
      })
      register({
        name: 'tool',
        description: 'Does',
        inputSchema: { isActive: z.boolean() },
        gates: [
          ({ args, identity, handler }) => {
            if (args.isActive) throw new Error(`${identity.userId} may not ${handler}`)
          },
        ],
        method: () => 1,
      })
    })
    expect(await call('tool', { isActive: true })).toMatchObject({
      isError: true,
      content: [{ text: 'ann may not tool' }],
    })
    expect(readText(await call('tool', { isActive: false }))).toBe('1')
    expect(heard).toEqual([])
  })

  it.each([null, undefined])('that finds %s says so', async (nothing) => {
    const { call } = await inProcess((server) => {
      const { register } = createGatedToolRegistrar({
        server,
        resolveIdentity: () => ann,
        notFoundMessage: 'Gone',
      })
      register({ name: 'tool', description: 'Does', method: () => nothing })
    })
    expect(await call('tool')).toMatchObject({ isError: true, content: [{ text: '{"error":"Gone"}' }] })
  })

  it('whose method throws is heard, and still throws what it threw', async () => {
    const heard: unknown[] = []
    const { call } = await inProcess((server) => {
      const { register } = createGatedToolRegistrar({
        server,
        resolveIdentity: () => ann,
        onError: async (error, { handler, identity }) => {
          heard.push((error as Error).message, handler, identity.userId)
          throw new Error('The log is full')
        },
      })
      register({
        name: 'tool',
        description: 'Does',
        method: () => {
          throw new Error('It broke')
        },
      })
    })
    expect(await call('tool')).toMatchObject({ isError: true, content: [{ text: 'It broke' }] })
    expect(heard).toEqual(['It broke', 'tool', 'ann'])
  })
})

describe('the caller', () => {
  it('cannot name itself, where arguments may be anything', async () => {
    const { call } = await inProcess((server) => {
      const { register } = createGatedToolRegistrar({ server, resolveIdentity: () => ann })
      const inputSchema = z.looseObject({ n: z.number() })
      register({ name: 'tool', description: 'Does', inputSchema, method: ({ userId, n }) => ({ userId, n }) })
    })
    expect(JSON.parse(readText(await call('tool', { n: 1, userId: 'bob' })))).toEqual({ userId: 'ann', n: 1 })
  })

  it.each([{ userId: z.string() }, z.object({ userId: z.string() })])(
    'leaves an argument of that name alone',
    async (inputSchema) => {
      const { call } = await inProcess((server) => {
        const { register } = createGatedToolRegistrar({ server, resolveIdentity: () => ann })
        register({
          name: 'tool',
          description: 'Does',
          inputSchema,
          method: ({ userId }, { identity }) => [userId, identity.userId],
        })
      })
      expect(JSON.parse(readText(await call('tool', { userId: 'bob' })))).toEqual(['bob', 'ann'])
    },
  )
})

describe('the list', () => {
  it('asks each registrar once, whoever else registers', async () => {
    let asked = 0
    const resolveIdentity = () => {
      asked++
      return ann
    }
    const { list } = await inProcess((server) => {
      for (const name of ['one', 'two']) {
        const { register } = createGatedToolRegistrar({ server, resolveIdentity })
        register({ name, description: 'Does', requiredScope: name === 'one' ? 'a' : 'b', method: () => 1 })
        register({ name: `${name}-more`, description: 'Does', method: () => 1 })
      }
    })
    expect(await list()).toEqual(['one', 'one-more', 'two-more'])
    expect(asked).toBe(2)
  })

  it('is filtered on a server that is connected already', async () => {
    const server = new SdkMcpServer({ name: 's', version: '1' }, { capabilities: { tools: {} } })
    const { list } = await inProcess(() => {}, server)
    gated(server, { resolveIdentity: () => undefined })
    expect(await list()).toEqual(['open', 'late'])
  })

  it('is filtered again after the server has been connected anew', async () => {
    const server = new SdkMcpServer({ name: 's', version: '1' })
    const first = await inProcess((server) => gated(server, { resolveIdentity: () => undefined }), server)
    expect(await first.list()).toEqual(['open', 'late'])
    await server.close()
    const second = await inProcess(() => {}, server)
    expect(await second.list()).toEqual(['open', 'late'])
  })
})
