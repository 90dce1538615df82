import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { Refusal } from '../http/errors.ts'
import { findRequestContext } from '../input/request-context.ts'
import { legacy, modern } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'
import type { ExtensionCall, ExtensionContext, McpExtension } from './extension.ts'

const ID = 'com.example/clock'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const declared = { [CAPABILITIES]: { extensions: { [ID]: {} } } }

const text = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** A handler with one tool, and an extension of these members. */
function serve(
  members: Partial<McpExtension>,
  tool: (extra: any) => any = async () => text('tool'),
  Server = CLASSES[0]![1],
) {
  const onerror = vi.fn()
  const factory = factoryOf((server) => {
    server.registerTool('run', {}, tool)
  }, Server)
  const handler = createMcpHandler(factory, { extensions: [{ id: ID, ...members }], onerror })
  return { ...handler, onerror }
}

const call = (meta: object = declared, headers = {}) =>
  modern('tools/call', { params: { name: 'run' }, meta: meta as never, headers })

const json = async (response: Response): Promise<any> => response.json()

describe('an extension', () => {
  it('is shown by server/discover with its settings', async () => {
    const { fetch } = serve({ settings: { zones: ['UTC'] } })
    const { result } = await json(await fetch(modern('server/discover')))
    expect(result.capabilities.extensions).toEqual({ [ID]: { zones: ['UTC'] } })
  })

  it('adds its capabilities to the answer to initialize', async () => {
    const { fetch } = serve({ legacy: { capabilities: { tasks: { list: {} } } as never } })
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'c', version: '1' },
    }
    const { result } = await json(await fetch(legacy('initialize', params)))
    expect(result.capabilities).toMatchObject({ tasks: { list: {} }, tools: {} })
  })

  it('is closed with the handler', async () => {
    const close = vi.fn(async () => {})
    await serve({ close }).close()
    expect(close).toHaveBeenCalledTimes(1)
  })

  it.each<[string, unknown]>([
    ['no list', {}],
    ['an id without a prefix', [{ id: 'clock' }]],
    ['no id', [{}]],
    ['one id twice', [{ id: ID }, { id: ID }]],
    [
      'one method twice',
      [
        { id: ID, methods: { 'a/b': {} } },
        { id: 'com.example/b', methods: { 'a/b': {} } },
      ],
    ],
  ])('is rejected with %s', (_, extensions) => {
    expect(() =>
      createMcpHandler(
        factoryOf(() => {}),
        { extensions: extensions as never },
      ),
    ).toThrow(/extensions must be a list of extensions/)
  })
})

describe('a method of an extension', () => {
  const methods = {
    'clock/now': {
      nameParam: 'zone',
      handle: ({ message }: any) => ({ now: `noon in ${message.params.zone}` }),
    },
    'tasks/get': { handle: () => ({ status: 'working' }) },
    'clock/fails': {
      handle: () => {
        throw Object.assign(new Error('No such zone'), { code: -32602, data: { zone: 'X' } })
      },
    },
    'clock/breaks': { handle: () => Promise.reject(new TypeError('/etc/secret')) },
  }

  const now = (meta: object, headers: object = { 'mcp-name': 'UTC' }) =>
    modern('clock/now', { params: { zone: 'UTC' }, meta: meta as never, headers: headers as never })

  it('answers in the form of 2026-07-28', async () => {
    const response = await serve({ methods }).fetch(now(declared))
    expect(response.status).toBe(200)
    expect((await json(response)).result).toMatchObject({
      now: 'noon in UTC',
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'tested' } },
    })
  })

  it('is refused to a request that does not declare the extension', async () => {
    const response = await serve({ methods }).fetch(now({}))
    expect(response.status).toBe(400)
    expect((await json(response)).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { [ID]: {} } } },
    })
  })

  it('may be open to clients that do not declare the extension', async () => {
    const open = { 'clock/now': { ...methods['clock/now'], allowsUndeclared: true } }
    const response = await serve({ methods: open }).fetch(now({}))
    expect((await json(response)).result.now).toBe('noon in UTC')
  })

  it.each([
    ['is missing', {}],
    ['does not match', { 'mcp-name': 'CET' }],
  ])('is refused where its Mcp-Name header %s', async (_, headers) => {
    const response = await serve({ methods }).fetch(now(declared, headers))
    expect(response.status).toBe(400)
    expect((await json(response)).error.code).toBe(headers['mcp-name' as never] ? -32020 : -32020)
  })

  it('may be one that 2026-07-28 itself has removed', async () => {
    const request = () => modern('tasks/get', { meta: declared })
    expect((await json(await serve({ methods }).fetch(request()))).result.status).toBe('working')
    expect((await serve({}).fetch(request())).status).toBe(404)
  })

  it('answers with the error that it throws', async () => {
    const response = await serve({ methods }).fetch(modern('clock/fails', { meta: declared }))
    expect((await json(response)).error).toEqual({
      code: -32602,
      message: 'No such zone',
      data: { zone: 'X' },
    })
  })

  it('answers with the refusal that it throws', async () => {
    const handler = serve({
      methods: {
        'clock/now': {
          handle: () => {
            throw new Refusal('not-acceptable', 'Ask for a stream')
          },
        },
      },
    })
    const response = await handler.fetch(modern('clock/now', { meta: declared as never }))
    expect([response.status, (await json(response)).error.message]).toEqual([406, 'Ask for a stream'])
  })

  it('answers an error without a code as an internal error, which is reported', async () => {
    const { fetch, onerror } = serve({ methods })
    const response = await fetch(modern('clock/breaks', { meta: declared }))
    expect(response.status).toBe(500)
    expect((await json(response)).error).toEqual({ code: -32603, message: 'Internal error' })
    expect(onerror).toHaveBeenCalled()
  })

  it('is not found by 2025-era clients, but those that the extension adds for them', async () => {
    const { fetch } = serve({
      methods,
      legacy: { methods: { 'clock/old': { handle: () => ({ now: 'noon' }) } } },
    })
    expect((await json(await fetch(legacy('clock/now')))).error.code).toBe(-32601)
    expect((await json(await fetch(legacy('clock/old')))).result).toEqual({ now: 'noon' })
  })
})

describe.each(CLASSES)('a call of %s that an extension runs', (_, Server) => {
  it.each([
    ['2026-07-28', call],
    ['2025-11-25', () => legacy('tools/call', { name: 'run' })],
  ])('may be answered otherwise, in %s', async (_, request) => {
    const { fetch } = serve(
      {
        aroundCall: async (_, proceed) => {
          const response = await proceed()
          return 'result' in response
            ? { ...response, result: { ...response.result, ...text('extended') } }
            : response
        },
      },
      undefined,
      Server,
    )
    expect((await json(await fetch(request()))).result.content).toEqual(text('extended').content)
  })

  it('need not reach the server', async () => {
    const tool = vi.fn(async () => text('tool'))
    const aroundCall = async ({ message }: ExtensionCall) => ({
      jsonrpc: '2.0' as const,
      id: message.id,
      result: text('cached'),
    })
    const { fetch } = serve({ aroundCall }, tool, Server)
    expect((await json(await fetch(call()))).result.content[0].text).toBe('cached')
    expect(tool).not.toHaveBeenCalled()
  })

  it('sees whether the request declares the extension', async () => {
    const seen: boolean[] = []
    const aroundCall: McpExtension['aroundCall'] = ({ isDeclared }, proceed) => {
      seen.push(isDeclared)
      return proceed()
    }
    const { fetch } = serve({ aroundCall }, undefined, Server)
    await fetch(call())
    await fetch(call({}))
    expect(seen).toEqual([true, false])
  })

  it('runs on when it is answered before it has ended, and its client is gone', async () => {
    let finish = (_: string): void => {}
    const finished = new Promise<string>((resolve) => {
      finish = resolve
    })
    const ended: unknown[] = []
    let signal: AbortSignal | undefined
    const { fetch } = serve(
      {
        aroundCall: async (call, proceed) => {
          call.onnotification = (notification) => ended.push(notification.method)
          void proceed().then((response) => ended.push('result' in response && response.result.content))
          return { jsonrpc: '2.0', id: call.message.id, result: { resultType: 'task', taskId: 't1' } }
        },
      },
      async (extra) => {
        signal = extra.signal
        const answer = await finished
        await extra.sendNotification({
          method: 'notifications/message',
          params: { level: 'info', data: 'late' },
        })
        return text(answer)
      },
      Server,
    )
    const client = new AbortController()
    const request = modern('tools/call', {
      params: { name: 'run' },
      meta: declared,
      init: { signal: client.signal },
    })
    expect((await json(await fetch(request))).result).toMatchObject({ resultType: 'task', taskId: 't1' })
    client.abort()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(signal?.aborted).toBe(false)
    finish('late')
    await vi.waitFor(() => expect(ended).toEqual(['notifications/message', text('late').content]))
  })

  it('has its notifications and questions reach the client, where the extension takes none', async () => {
    const { fetch } = serve(
      { aroundCall: (_, proceed) => proceed() },
      async (extra) => {
        const params = { progressToken: 'p', progress: 1 }
        await extra.sendNotification({ method: 'notifications/progress', params })
        const { ElicitResultSchema } = await import('@modelcontextprotocol/sdk/types.js')
        const asked = {
          method: 'elicitation/create',
          params: { message: 'Name?', requestedSchema: { type: 'object', properties: {} } },
        }
        await extra.sendRequest(asked, ElicitResultSchema)
        return text('answered')
      },
      Server,
    )
    const meta = { [CAPABILITIES]: { elicitation: {}, extensions: { [ID]: {} } }, progressToken: 'p' }
    const body = await (await fetch(call(meta, { accept: 'text/event-stream' }))).text()
    expect(body).toContain('notifications/progress')
    expect(body).toContain('"resultType":"input_required"')
  })

  it('runs where the extension leaves it alone', async () => {
    const { fetch } = serve({ aroundCall: () => undefined as never }, async () => text('ran'), Server)
    expect((await json(await fetch(call()))).result).toMatchObject(text('ran'))
  })

  it('has its questions answered by the extension', async () => {
    const { fetch } = serve(
      {
        aroundCall: (call, proceed) => {
          call.onrequest = async ({ method }) => ({ action: 'accept', content: { by: method } })
          return proceed()
        },
      },
      async (extra) => {
        const asked = {
          method: 'elicitation/create',
          params: { message: 'Name?', requestedSchema: { type: 'object', properties: {} } },
        }
        const { ElicitResultSchema } = await import('@modelcontextprotocol/sdk/types.js')
        const { content } = await extra.sendRequest(asked, ElicitResultSchema)
        return text(String(content?.by))
      },
      Server,
    )
    const meta = { [CAPABILITIES]: { elicitation: {}, extensions: { [ID]: {} } } }
    expect((await json(await fetch(call(meta)))).result.content[0].text).toBe('elicitation/create')
  })

  it('is answered with what the extension throws', async () => {
    const aroundCall = async () => {
      throw Object.assign(new Error('Not now'), { code: -32602 })
    }
    const { fetch } = serve({ aroundCall }, undefined, Server)
    expect((await json(await fetch(call()))).error).toMatchObject({ code: -32602, message: 'Not now' })
  })

  it('ends with its handler', async () => {
    const { fetch, close } = serve(
      {
        aroundCall: async ({ message }, proceed) => {
          void proceed().catch(() => {})
          return { jsonrpc: '2.0', id: message.id, result: { resultType: 'task' } }
        },
      },
      () => new Promise(() => {}),
      Server,
    )
    await fetch(call())
    await close()
  })
})

describe('an extension that does not settle', () => {
  const never = () => new Promise<never>(() => {})
  const cases: [string, Partial<McpExtension>, () => Request][] = [
    ['around a call', { aroundCall: never }, call],
    [
      'after the answer of the server',
      {
        aroundCall: async (_, proceed) => {
          await proceed()
          return never()
        },
      },
      call,
    ],
    [
      'in a method',
      { methods: { 'clock/never': { handle: never } } },
      () => modern('clock/never', { meta: declared }),
    ],
  ]

  it.each(cases)(
    '%s is answered for when the time is over, and its server is closed',
    async (_, members, request) => {
      const cleanup = vi.fn()
      const factory = factoryOf((server) => void server.registerTool('run', {}, async () => text('tool')))
      const { fetch } = createMcpHandler((context) => ({ server: factory(context) as never, cleanup }), {
        extensions: [{ id: ID, ...members }],
        requestTimeoutMs: 50,
        onerror: () => {},
      })
      expect((await fetch(request())).status).toBe(504)
      await vi.waitFor(() => expect(cleanup).toHaveBeenCalledTimes(1))
    },
  )

  it.each(cases)('%s ends with its handler', async (_, members, request) => {
    const { fetch, close } = serve(members)
    const response = fetch(request())
    await new Promise((resolve) => setTimeout(resolve, 10))
    await close()
    expect((await response).status).toBe(503)
  })

  it('runs no tool once its client has its answer', async () => {
    const tool = vi.fn(async () => text('tool'))
    let late: (() => Promise<unknown>) | undefined
    const { fetch } = serve(
      {
        aroundCall: async ({ message }, proceed) => {
          late = proceed
          return { jsonrpc: '2.0', id: message.id, result: text('at once') }
        },
      },
      tool,
    )
    await fetch(call())
    await expect(late?.()).rejects.toThrow('The call is over')
    expect(tool).not.toHaveBeenCalled()
  })

  it('runs no tool that has been cancelled', async () => {
    const tool = vi.fn(async () => text('tool'))
    const { fetch } = serve(
      {
        aroundCall: async (call, proceed) => {
          call.cancel()
          return proceed()
        },
      },
      tool,
    )
    expect((await fetch(call())).status).toBe(500)
    expect(tool).not.toHaveBeenCalled()
  })

  it('runs a tool once, however often it is asked to', async () => {
    const tool = vi.fn(async () => text('tool'))
    const { fetch } = serve(
      {
        aroundCall: async (_, proceed) => {
          void proceed()
          return proceed()
        },
      },
      tool,
    )
    await fetch(call())
    expect(tool).toHaveBeenCalledTimes(1)
  })
})

describe('what an extension adds to subscriptions/listen', () => {
  const listen = (notifications: object, meta: object = declared) =>
    modern('subscriptions/listen', { params: { notifications }, meta: meta as never })

  function open() {
    let context: ExtensionContext | undefined
    const handler = serve({
      open: (given) => {
        context = given
      },
      subscriptions: {
        zones: {
          honor: (value) => {
            const zones = (value as string[]).filter((zone) => zone !== 'X')
            return zones.length > 0 ? { honored: zones, topics: zones } : undefined
          },
        },
      },
    })
    return {
      ...handler,
      publish: (topic: string) =>
        context?.publish(topic, { method: 'notifications/clock', params: { topic } }),
    }
  }

  it('is acknowledged, and tagged with the subscription', async () => {
    const { fetch, publish, close } = open()
    const response = await fetch(listen({ zones: ['UTC', 'X'] }))
    publish('UTC')
    publish('CET')
    await close()
    const messages = (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)))
    expect(messages.map(({ method, params }) => [method, params?.notifications ?? params?.topic])).toEqual([
      ['notifications/subscriptions/acknowledged', { zones: ['UTC'] }],
      ['notifications/clock', 'UTC'],
      [undefined, undefined],
    ])
    expect(messages[1].params._meta).toEqual({ 'io.modelcontextprotocol/subscriptionId': 1 })
  })

  it.each([
    ['has nothing that the extension offers', { zones: ['X'] }],
    ['does not name it', {}],
  ])('is left out of the acknowledgement of a filter that %s', async (_, filter) => {
    const { fetch, close } = open()
    const response = await fetch(listen(filter))
    await close()
    const [acknowledged] = (await response.text()).split('\n').filter((line) => line.startsWith('data: '))
    expect(JSON.parse(acknowledged!.slice(6)).params.notifications).toEqual({})
  })

  it('is refused to a request that does not declare the extension', async () => {
    const response = await open().fetch(listen({ zones: ['UTC'] }, {}))
    expect(response.status).toBe(400)
    expect((await json(response)).error.code).toBe(-32021)
  })
})

describe('a call that an extension leaves to the server', () => {
  it.each(CLASSES)('is answered by the server alone (%s)', async (_, Server) => {
    const aroundCall = vi.fn()
    const leavesCall = vi.fn(({ isDeclared }: { isDeclared: boolean }) => !isDeclared)
    const { fetch } = serve({ aroundCall, leavesCall }, undefined, Server)
    const { result } = await json(await fetch(call({})))
    expect(result).toMatchObject(text('tool'))
    expect(leavesCall).toHaveBeenCalledTimes(1)
    expect(aroundCall).not.toHaveBeenCalled()
    await fetch(call())
    expect(aroundCall).toHaveBeenCalledTimes(1)
  })

  it.each(CLASSES)(
    'is refused where its handler throws the refusal of its context (%s)',
    async (_, Server) => {
      const tool = async (extra: any) => {
        const refusal = new Refusal('missing-capability', 'No clock', { data: { clock: true } })
        const context = findRequestContext('test', extra)
        if (context) context.refusal = refusal
        throw refusal
      }
      const { fetch } = serve({ aroundCall: (_, proceed) => proceed(), leavesCall: () => true }, tool, Server)
      const response = await fetch(call({}))
      expect(response.status).toBe(400)
      expect((await json(response)).error).toMatchObject({ code: -32021, data: { clock: true } })
    },
  )
})
