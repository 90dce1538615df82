import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { ErrorCode, McpError, UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../../handler.ts'
import { deferred, legacy, modern } from '../../testing/requests.ts'
import { McpServer } from './mcp-server.ts'

const info = { name: 's', version: '1', title: 'S' }
const options = { instructions: 'Ask.', capabilities: { logging: {}, tools: {} } }
const text = (value: unknown) => ({
  content: [{ type: 'text' as const, text: JSON.stringify(value) ?? 'none' }],
})
const meta = {
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} }, sampling: {} },
  'io.modelcontextprotocol/clientInfo': { name: 'c', version: '2' },
}

/** What a server may do while it serves; each is called as the tool `t`. */
const HANDLERS: Record<string, (server: SdkMcpServer, extra: any) => unknown> = {
  answers: () => text('plain'),
  'keeps what is not in the schema of a result': () => ({ ...text(1), more: true, _meta: { x: 1 } }),
  'answers without content': () => ({}),
  'answers nothing': () => undefined,
  'answers what is no result': () => ({ content: 'text' }),
  'throws an error': () => {
    throw new Error('It broke')
  },
  'throws what is no error': () => {
    throw 'a string'
  },
  'throws an McpError': () => {
    throw new McpError(ErrorCode.InvalidParams, 'Not so')
  },
  'demands an elicitation': () => {
    throw new UrlElicitationRequiredError([
      { mode: 'url', message: 'Sign in', url: 'https://a', elicitationId: '1' },
    ])
  },
  'looks at its client': (server) =>
    text([server.server.getClientCapabilities(), server.server.getClientVersion(), server.isConnected()]),
  'looks at what it is told': (_, { requestId, _meta, authInfo, sessionId, taskId, requestInfo, signal }) =>
    text([requestId, _meta, authInfo, sessionId, taskId, requestInfo.url.href, signal.aborted]),
  notifies: async (_, { sendNotification }) => {
    const params = { progressToken: 'p', progress: 1 }
    await sendNotification({ method: 'notifications/progress', params })
    return text('notified')
  },
  'notifies without waiting': (_, { sendNotification }) => {
    void sendNotification({ method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } })
    return text('notified')
  },
  logs: async (server) => {
    await server.sendLoggingMessage({ level: 'error', data: 'x' })
    return text('logged')
  },
  'announces what it has not declared': async (server) => {
    await server.server.sendPromptListChanged()
    return text('announced')
  },
  'asks in another way': (_, { sendRequest }) =>
    sendRequest({ method: 'ping' }, z.object({})).then(text, ({ message }: Error) => text(message)),
  'registers another tool': (server) => {
    const { enabled, description } = server.registerTool('more', { description: 'More' }, async () => text(1))
    return text([enabled, description])
  },
  'registers a prompt too late': (server) =>
    text(server.registerPrompt('p', {}, async () => ({ messages: [] })).enabled),
}

const classes = [McpServer, SdkMcpServer]

const answersOf = (register: (server: SdkMcpServer) => void, request: () => Request) =>
  Promise.all(
    classes.map(async (Class) => {
      const handler = createMcpHandler(() => {
        const server = new Class(info, options)
        register(server)
        return server
      })
      const response = await handler.fetch(request())
      const body = await response.text()
      const frames = body.split('\n').filter((line) => /^(data: )?\{/.test(line))
      return [
        response.status,
        response.headers.get('content-type'),
        frames.map((line) => JSON.parse(line.replace('data: ', ''))),
      ]
    }),
  )

const call = (name: string, args?: unknown) => ({ name, ...(args !== undefined && { arguments: args }) })

const eras = [
  [
    '2026-07-28',
    (method: string, params: object) =>
      modern(method, { params: { ...params }, meta: { ...meta, progressToken: 'p' } }),
  ],
  [
    '2025-11-25',
    (method: string, params: object) => legacy(method, { ...params, _meta: { progressToken: 'p' } }),
  ],
] as const

describe.each(eras)("Portico's McpServer does as the SDK's for a %s client", (_, request) => {
  it.each(Object.entries(HANDLERS))('when a tool %s', async (_, handle) => {
    const register = (server: SdkMcpServer) =>
      server.registerTool('t', {}, async (extra) => handle(server, extra) as never)
    const [ours, theirs] = await answersOf(register, () => request('tools/call', call('t')))
    expect(ours).toEqual(theirs)
  })

  const shape = { a: z.string(), b: z.number().default(5) }
  const registerSome = (server: SdkMcpServer) => {
    server.registerTool('in', { inputSchema: shape, title: 'In' }, async (args) => text(args))
    server.registerTool('out', { outputSchema: { sum: z.number() } }, async (extra) => {
      const { sum } = (extra._meta ?? {}) as { sum?: unknown }
      return { ...text('sum'), ...(sum !== undefined && { structuredContent: { sum } }) }
    })
    server.registerTool(
      'union',
      { inputSchema: z.union([z.object(shape), z.object({ c: z.string() })]) as never },
      async (args) => text(args),
    )
    server.registerTool(
      'async',
      { inputSchema: { a: z.string().refine(async (a) => a !== 'no') } },
      async (args) => text(args),
    )
    server.registerTool(
      'throws',
      {
        inputSchema: {
          a: z.string().refine(() => {
            throw new Error('It broke')
          }),
        },
      },
      async (args) => text(args),
    )
    const throwing = z.object(shape).refine(() => {
      throw new Error('It broke')
    })
    server.registerTool('throws-whole', { inputSchema: throwing }, async (args) => text(args))
    server.registerTool('off', {}, async () => text('off')).disable()
    server.registerTool('old', {}, async () => text('old')).update({ name: 'new' })
    server.tool('classic', shape, async (args) => text(args))
    server.tool('described', 'In words', shape, async (args) => text(args))
    server.tool('annotated', 'In words', shape, { readOnlyHint: true }, async (args) => text(args))
    server.tool('empty', {}, async (args) => text(args))
    server.tool('bare', async (extra) => text(extra.requestId))
  }

  it.each([
    ['in', { a: 'x' }],
    ['in', { a: 1 }],
    ['in', undefined],
    ['in', []],
    ['out', {}],
    ['union', { c: 'x' }],
    ['union', { d: 'x' }],
    ['async', { a: 'yes' }],
    ['async', { a: 'no' }],
    ['throws', { a: 'x' }],
    ['throws-whole', { a: 'x' }],
    ['off', {}],
    ['old', {}],
    ['new', {}],
    ['classic', { a: 'x' }],
    ['described', { a: 'x' }],
    ['annotated', { a: 1 }],
    ['empty', { a: 'x' }],
    ['bare', {}],
    ['nope', {}],
    ['constructor', {}],
    ['', {}],
  ])('when %j is called with %j', async (name, args) => {
    const [ours, theirs] = await answersOf(registerSome, () => request('tools/call', call(name, args)))
    expect(ours).toEqual(theirs)
  })

  it.each([1, 'one'])('when structured content has %j', async (sum) => {
    const params = { ...call('out'), _meta: { ...meta, sum } }
    const [ours, theirs] = await answersOf(registerSome, () =>
      request === eras[0][1]
        ? modern('tools/call', { params: call('out'), meta: { sum } })
        : legacy('tools/call', params),
    )
    expect(ours).toEqual(theirs)
  })

  it.each(['tools/list', 'prompts/list', 'resources/list', 'completion/complete', 'ping', 'no/such'])(
    'when it is asked for %s',
    async (method) => {
      const [ours, theirs] = await answersOf(registerSome, () => request(method, {}))
      expect(ours).toEqual(theirs)
    },
  )

  const kinds: [string, (server: SdkMcpServer) => void][] = [
    ['nothing', () => {}],
    ['a tool', registerSome],
    ['a prompt', (server) => server.registerPrompt('p', {}, async () => ({ messages: [] }))],
    [
      'a prompt that completes',
      (server) =>
        server.registerPrompt('p', { argsSchema: { a: completable(z.string(), () => []) } }, async () => ({
          messages: [],
        })),
    ],
    ['a resource', (server) => server.registerResource('r', 'a://b', {}, async () => ({ contents: [] }))],
    [
      'a template that completes',
      (server) =>
        server.registerResource(
          'r',
          new ResourceTemplate('a://{b}', { list: undefined, complete: { b: () => [] } }),
          {},
          async () => ({
            contents: [],
          }),
        ),
    ],
  ]
  const introduction = request === eras[0][1] ? 'server/discover' : 'initialize'
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } }

  it.each(kinds)('when it has %s and introduces itself', async (_, register) => {
    const [ours, theirs] = await answersOf(register, () => request(introduction, params))
    expect(ours).toEqual(theirs)
  })

  it('when an introduction is malformed', async () => {
    const [ours, theirs] = await answersOf(registerSome, () =>
      request(introduction, { ...params, capabilities: 1 }),
    )
    expect(ours).toEqual(theirs)
  })
})

describe("a tool of Portico's McpServer", () => {
  it('is the same to whoever looks at it, before and after the SDK knows of it', () => {
    const server = new McpServer(info)
    const tool = server.registerTool('t', { title: 'T', inputSchema: { a: z.string() } }, async () => text(1))
    expect(tool.title).toBe('T')
    expect({ ...tool }).toMatchObject({ title: 'T', enabled: true })
    expect('handler' in tool).toBe(true)
    tool.description = 'Mine'
    tool.disable()
    expect((server as any)._registeredTools.t).toMatchObject({ description: 'Mine', enabled: false })
  })

  it('is refused as the SDK refuses it, at once', () => {
    for (const Class of classes) {
      const server = new Class(info)
      server.registerTool('t', {}, async () => text(1))
      expect(() => server.registerTool('t', {}, async () => text(1))).toThrow('Tool t is already registered')
      expect(() =>
        server.registerTool('u', { inputSchema: { a: 1 } as never }, async () => text(1)),
      ).toThrow()
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
      server.registerTool('has spaces', {}, async () => text(1))
      expect(warn).toHaveBeenCalled()
      warn.mockRestore()
    }
  })

  it('is aborted when its client leaves, and sends nothing more', async () => {
    const started = deferred<any>()
    const handler = createMcpHandler(() => {
      const server = new McpServer(info)
      server.registerTool('wait', {}, (extra) => {
        started.resolve(extra)
        return new Promise(() => {})
      })
      return server
    })
    const client = new AbortController()
    const answer = handler.fetch(
      modern('tools/call', { params: call('wait'), init: { signal: client.signal } }),
    )
    const extra = await started.promise
    client.abort()
    expect((await answer).status).toBe(499)
    await vi.waitFor(() => expect(extra.signal.aborted).toBe(true))
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken: 1, progress: 1 },
    })
    await expect(extra.sendRequest({ method: 'ping' }, z.object({}))).rejects.toThrow('cancelled')
  })

  it('is ended, and its server closed once, if its handler closes before the event loop has turned', async () => {
    const cleanup = vi.fn()
    const handler = createMcpHandler(() => {
      const server = new McpServer(info)
      server.registerTool('wait', {}, () => {
        void handler.close()
        return new Promise(() => {})
      })
      return { server, cleanup }
    })
    const answer = await handler.fetch(modern('tools/call', { params: call('wait') }))
    expect(answer.status).toBe(503)
    expect(cleanup).toHaveBeenCalledTimes(1)
  })

  it('is called without the SDK, as long as nobody looks into the server', async () => {
    // the SDK's server alone reads this option
    const read = vi.fn(() => [])
    const build = (look: boolean) => () => {
      const server = new McpServer(info, {
        get debouncedNotificationMethods() {
          return read()
        },
      })
      server.registerTool('t', {}, async () => text(look && server.server.getClientVersion()))
      return server
    }
    await createMcpHandler(build(false)).fetch(modern('tools/call', { params: call('t') }))
    expect(read).not.toHaveBeenCalled()
    await createMcpHandler(build(true)).fetch(modern('tools/call', { params: call('t') }))
    expect(read).toHaveBeenCalledTimes(1)
  })
})
