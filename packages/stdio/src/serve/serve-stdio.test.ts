import { PassThrough } from 'node:stream'
import { createMcpHandler, McpServer, type McpServerFactory } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { type ServeStdioOptions, type StdioService, serveStdio } from './serve-stdio.ts'

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
}
const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: { elicitation: {} },
  clientInfo: { name: 'tester', version: '1.0.0' },
}

let built = 0
let closed = 0
const createTools: McpServerFactory = () => {
  built++
  const server = new McpServer({ name: 'tools', version: '1.0.0' })
  const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: String(value) }] })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text: said }) => text(said))
  server.registerTool('who', {}, async ({ authInfo }) => text(authInfo?.clientId))
  server.registerTool(
    'region',
    { inputSchema: { region: z.string().meta({ 'x-mcp-header': 'Region' }) } },
    async ({ region }) => text(region),
  )
  server.registerTool('wait', {}, async ({ signal }) => {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, 50)
      signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve(undefined)
      })
    })
    return text(signal.aborted)
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object' as const, properties: {} }
    return text((await server.server.elicitInput({ message: 'Well?', requestedSchema })).action)
  })
  return {
    server,
    cleanup: () => {
      closed++
    },
  }
}

/** The client's side of a service. */
function open(served: Parameters<typeof serveStdio>[0], options: ServeStdioOptions = {}) {
  const stdin = new PassThrough()
  const stdout = new PassThrough()
  const service: StdioService = serveStdio(served, { stdin, stdout, onerror: () => {}, ...options })
  onTestFinished(() => service.close())
  const lines = (async function* () {
    let rest = ''
    for await (const chunk of stdout) {
      const parts = (rest + chunk).split('\n')
      rest = parts.pop() as string
      for (const part of parts) yield JSON.parse(part)
    }
  })()
  const write = (message: object | string): void => {
    stdin.write(`${typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  }
  const read = async (): Promise<any> => (await lines.next()).value
  return {
    service,
    stdin,
    stdout,
    write,
    read,
    ask(message: object | string) {
      write(message)
      return read()
    },
  }
}

const modern = (method: string, params: object = {}, id = 1): object => ({
  id,
  method,
  params: { ...params, _meta: ENVELOPE },
})

describe('serveStdio, for a 2026-07-28 client', () => {
  it('answers requests', async () => {
    const { ask } = open(createTools)
    expect((await ask(modern('server/discover'))).result).toMatchObject({ supportedVersions: ['2026-07-28'] })
    const { id, result } = await ask(modern('tools/call', { name: 'echo', arguments: { text: 'hé' } }, 7))
    expect(id).toBe(7)
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'hé' }] })
  })

  it('needs no headers of arguments, which standard input does not have', async () => {
    const { ask } = open(createTools)
    const call = modern('tools/call', { name: 'region', arguments: { region: 'eu west, ö' } })
    expect((await ask(call)).result.content).toMatchObject([{ text: 'eu west, ö' }])
  })

  it('asks in an input_required result', async () => {
    const { ask } = open(createTools)
    const { result } = await ask(modern('tools/call', { name: 'ask' }))
    expect(result).toMatchObject({ resultType: 'input_required' })
    const [key] = Object.keys(result.inputRequests)
    const inputResponses = { [key as string]: { action: 'decline' } }
    const { requestState } = result
    const answered = await ask(modern('tools/call', { name: 'ask', inputResponses, requestState }, 2))
    expect(answered.result.content).toMatchObject([{ text: 'decline' }])
  })

  it('cancels a call', async () => {
    const { write, read } = open(createTools)
    write(modern('tools/call', { name: 'wait' }, 1))
    write({ method: 'notifications/cancelled', params: { requestId: 1 } })
    write(modern('tools/call', { name: 'echo', arguments: { text: 'next' } }, 2))
    expect((await read()).id).toBe(2)
  })

  it('announces changes to a client that listens', async () => {
    const handler = createMcpHandler(createTools)
    const { write, read } = open(handler)
    write(modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, 9))
    expect((await read()).method).toBe('notifications/subscriptions/acknowledged')
    handler.notify.toolsChanged()
    expect(await read()).toMatchObject({ method: 'notifications/tools/list_changed' })
  })
})

describe('serveStdio, for a 2025-era client', () => {
  it('builds one server, which may ask at any time', async () => {
    built = 0
    const { ask, write, read } = open(createTools)
    expect((await ask({ id: 1, method: 'initialize', params: INITIALIZE })).result.serverInfo.name).toBe(
      'tools',
    )
    write({ method: 'notifications/initialized' })
    const question = await ask({ id: 2, method: 'tools/call', params: { name: 'ask' } })
    expect(question).toMatchObject({ method: 'elicitation/create' })
    const { result } = await ask({ id: question.id, result: { action: 'cancel' } })
    expect(result.content).toMatchObject([{ text: 'cancel' }])
    write({ id: 3, method: 'tools/list', params: {} })
    expect((await read()).result.tools).toHaveLength(5)
    expect(built).toBe(1)
  })

  it('has the sessions of a handler', async () => {
    const { ask, write } = open(createMcpHandler(createTools, { legacy: sessions() }))
    await ask({ id: 1, method: 'initialize', params: INITIALIZE })
    write({ method: 'notifications/initialized' })
    const question = await ask({ id: 2, method: 'tools/call', params: { name: 'ask' } })
    const { result } = await ask({ id: question.id, result: { action: 'accept' } })
    expect(result.content).toMatchObject([{ text: 'accept' }])
  })

  it('answers with the error of a factory that throws', async () => {
    const { ask } = open(() => {
      throw new Error('secret')
    })
    const { id, error } = await ask({ id: 1, method: 'initialize', params: INITIALIZE })
    expect([id, error.code, error.message]).toEqual([1, -32603, 'Internal error'])
  })

  it('hands the identity of the client to handlers, in both eras', async () => {
    const authInfo = { token: '', clientId: 'laptop', scopes: [] }
    const { ask } = open(createTools, { authInfo })
    expect((await ask(modern('tools/call', { name: 'who' }))).result.content).toMatchObject([
      { text: 'laptop' },
    ])
    await ask({ id: 1, method: 'initialize', params: INITIALIZE })
    const { result } = await ask({ id: 2, method: 'tools/call', params: { name: 'who' } })
    expect(result.content).toMatchObject([{ text: 'laptop' }])
  })
})

describe('serveStdio', () => {
  it.each([
    ['not JSON', '{"jsonrpc": ', -32700],
    ['not a message', '{"hello": 1}', -32600],
    ['a batch', '[]', -32600],
    ['a number', '1', -32600],
    ['too large', `"${'x'.repeat(2000)}"`, -32600],
  ])('answers a line that is %s with an error, and goes on', async (_, line, code) => {
    const { ask } = open(createTools, { maxMessageBytes: 1024 })
    const { error, ...rest } = await ask(line)
    expect([error.code, 'id' in rest]).toEqual([code, false])
    expect((await ask(modern('server/discover'))).result).toBeDefined()
  })

  it('repeats the id of a request that is not valid', async () => {
    const { ask } = open(createTools)
    expect(await ask('{"jsonrpc":"1.0","id":5,"method":"ping"}')).toMatchObject({
      id: 5,
      error: { code: -32600 },
    })
  })

  it('answers what is in flight when the client closes its output, and then ends', async () => {
    closed = 0
    const { write, read, stdin, service } = open(createTools)
    await (async () => {
      write({ id: 1, method: 'initialize', params: INITIALIZE })
      await read()
    })()
    write({ id: 2, method: 'tools/call', params: { name: 'wait' } })
    stdin.end()
    expect((await read()).result.content).toMatchObject([{ text: 'false' }])
    await service.closed
    expect(closed).toBe(1)
  })

  it('aborts what takes longer than drainTimeoutMs', async () => {
    const { write, stdin, service } = open(createTools, { drainTimeoutMs: 1 })
    write({ id: 1, method: 'initialize', params: INITIALIZE })
    write({ id: 2, method: 'tools/call', params: { name: 'wait' } })
    stdin.end()
    await service.closed
  })

  it('ends when the client does not read any more', async () => {
    const { stdout, service } = open(createTools)
    stdout.destroy(new Error('EPIPE'))
    await service.closed
  })

  it.each([
    [{ drainTimeoutMs: -1 }, /drainTimeoutMs must be a number of milliseconds/],
    [{ port: 3000 }, /there is no option "port"/],
  ])('rejects the options %j', (options, message) => {
    expect(() => serveStdio(createTools, options as never)).toThrow(message)
  })

  it('rejects what it cannot serve', () => {
    expect(() => serveStdio({} as never)).toThrow(/must be given a factory/)
  })
})
