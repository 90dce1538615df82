import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ListToolsRequestSchema as ListTools } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from '../handler.ts'
import { ask, ENVELOPE, modern, post } from '../testing/requests.ts'
import { CLASSES, factoryOf, registerAll } from '../testing/server.ts'

const handler = createMcpHandler(factoryOf(registerAll))

async function refusal(request: Request) {
  const response = await handler.fetch(request)
  return { status: response.status, body: await response.json() }
}

describe('the era', () => {
  it.each([
    ['a header alone', { 'mcp-protocol-version': '2026-07-28' }, {}],
    ['the header of a later revision alone', { 'mcp-protocol-version': '2031-01-01' }, {}],
    ['client capabilities alone', {}, { _meta: { 'io.modelcontextprotocol/clientCapabilities': {} } }],
    ['a version alone', {}, { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }],
  ])('is never guessed: %s is an incomplete envelope', async (_, headers, params) => {
    const { status, body } = await refusal(
      post({ jsonrpc: '2.0', id: 'x', method: 'tools/list', params }, headers),
    )
    expect(status).toBe(400)
    expect(body).toMatchObject({ id: 'x', error: { code: -32602 } })
    expect(body.error.message).toMatch(/io\.modelcontextprotocol/)
  })

  it('has no batches and no responses in 2026-07-28', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } }
    for (const request of [
      post([call]),
      post([], headers),
      post({ jsonrpc: '2.0', id: 1, result: {} }, headers),
    ]) {
      expect(await refusal(request)).toMatchObject({ status: 400, body: { error: { code: -32600 } } })
    }
  })

  it.each([
    ['no jsonrpc', { id: 1, method: 'ping' }],
    ['a method that is no string', { jsonrpc: '2.0', id: 1, method: 5 }],
    ['a null id', { jsonrpc: '2.0', id: null, method: 'ping' }],
    ['a fractional id', { jsonrpc: '2.0', id: 1.5, method: 'ping' }],
    ['an id past the safe integers', { jsonrpc: '2.0', id: 2 ** 53, method: 'ping' }],
    ['params that are an array', { jsonrpc: '2.0', id: 1, method: 'ping', params: [] }],
    ['neither method nor result', { jsonrpc: '2.0', id: 1 }],
    ['an error without a code', { jsonrpc: '2.0', id: 1, error: { message: 'x' } }],
    ['a response with a null id', { jsonrpc: '2.0', id: null, result: {} }],
    ['a string', 'hello'],
    ['null', null],
  ])('does not excuse %s', async (_, body) => {
    expect(await refusal(post(JSON.stringify(body)))).toMatchObject({
      status: 400,
      body: { error: { code: -32600 } },
    })
  })

  it.each([
    ['_meta that is no object', { _meta: 5 }],
    ['a progress token that is neither string nor integer', { _meta: { progressToken: 1.5 } }],
    ['a related task without an id', { _meta: { 'io.modelcontextprotocol/related-task': {} } }],
  ])('answers %s, which the SDK would ignore for ever', async (_, params) => {
    const answer = await refusal(post({ jsonrpc: '2.0', id: 1, method: 'tools/list', params }))
    expect(answer).toMatchObject({ status: 400, body: { id: 1, error: { code: -32602 } } })
  })

  it('drops the related task, for which the SDK would queue the answer for ever', async () => {
    const taskMessageQueue = {
      enqueue: async () => {},
      dequeue: async () => undefined,
      dequeueAll: async () => [],
    }
    const queued = createMcpHandler(
      () => new Server({ name: 'q', version: '1' }, { capabilities: {}, taskMessageQueue }),
    )
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId: 't' }, kept: true }
    expect(
      await ask(queued, post({ jsonrpc: '2.0', id: 1, method: 'ping', params: { _meta } })),
    ).toMatchObject({ result: {} })
  })

  it('drops members that are not JSON-RPC, which the SDK would ignore for ever', async () => {
    const answer = await refusal(post({ jsonrpc: '2.0', id: 1, method: 'ping', extra: true }))
    expect(answer).toMatchObject({ status: 200, body: { id: 1, result: {} } })
  })

  it('accepts any 2026-07-28 notification without running the factory', async () => {
    const factory = vi.fn(factoryOf(registerAll))
    const response = await createMcpHandler(factory).fetch(
      post({ jsonrpc: '2.0', method: 'notifications/cancelled' }, { 'mcp-protocol-version': '2026-07-28' }),
    )
    expect([response.status, await response.text()]).toEqual([202, ''])
    expect(factory).not.toHaveBeenCalled()
  })
})

describe('the envelope', () => {
  it.each([
    ['io.modelcontextprotocol/protocolVersion', 5],
    ['io.modelcontextprotocol/clientCapabilities', []],
    ['io.modelcontextprotocol/clientCapabilities', { roots: 5 }],
    ['io.modelcontextprotocol/clientInfo', 5],
    ['io.modelcontextprotocol/clientInfo', { name: 'no version' }],
    ['io.modelcontextprotocol/clientInfo', { name: 'bad icons', version: '1', icons: 5 }],
    ['io.modelcontextprotocol/logLevel', 'loud'],
  ])('is refused by name where %s is %j', async (key, value) => {
    const { status, body } = await refusal(modern('tools/list', { meta: { [key]: value } }))
    expect([status, body.error.code]).toEqual([400, -32602])
    expect(body.error.message).toContain(key.split('/')[1])
  })
})

describe('a header that does not say what the body says', () => {
  it.each([
    ['no version', {}, { 'mcp-protocol-version': undefined }],
    ['another version', {}, { 'mcp-protocol-version': '2025-11-25' }],
    ['the version twice', {}, { 'mcp-protocol-version': '2026-07-28, 2026-07-28' }],
    ['no method', {}, { 'mcp-method': undefined }],
    ['another case', {}, { 'mcp-method': 'TOOLS/CALL' }],
    ['no name', {}, { 'mcp-name': undefined }],
    ['another name', {}, { 'mcp-name': 'echo2' }],
    ['a name in bad base64', {}, { 'mcp-name': '=?base64?ZWNobw=?=' }],
    ['a name that is no UTF-8', {}, { 'mcp-name': '=?base64?/w==?=' }],
    ['a name that the body lacks', { name: undefined }, { 'mcp-name': 'echo' }],
    ['a bad name that the body lacks', { name: undefined }, { 'mcp-name': '=?base64?-?=' }],
  ])('answers 400 -32020 to %s', async (_, params, headers) => {
    const request = modern('tools/call', {
      id: 'h',
      params: { name: 'echo', arguments: {}, ...params },
      headers,
    })
    expect(await refusal(request)).toMatchObject({ status: 400, body: { id: 'h', error: { code: -32020 } } })
  })

  it('decodes a name in base64', async () => {
    const request = modern('tools/call', {
      params: { name: 'echo', arguments: { text: 'hi' } },
      headers: { 'mcp-name': '=?base64?ZWNobw==?=' },
    })
    expect((await handler.fetch(request)).status).toBe(200)
  })

  it('is bad params, not a mismatch, where header and body both lack the name', async () => {
    const request = modern('tools/call', { params: { arguments: {} } })
    expect(await refusal(request)).toMatchObject({ body: { error: { code: -32602 } } })
  })

  it('beats a version that is not served', async () => {
    const meta = { 'io.modelcontextprotocol/protocolVersion': 'v999.0.0' }
    expect(await refusal(modern('tools/list', { meta }))).toMatchObject({
      status: 400,
      body: { error: { code: -32020 } },
    })
  })
})

describe('a version that is not served', () => {
  it('answers 400 -32022, naming what is served and what was asked', async () => {
    const version = '2031-01-01'
    const request = modern('tools/list', {
      meta: { 'io.modelcontextprotocol/protocolVersion': version },
      headers: { 'mcp-protocol-version': version },
    })
    expect(await refusal(request)).toMatchObject({
      status: 400,
      body: { error: { code: -32022, data: { supported: ['2026-07-28'], requested: version } } },
    })
  })
})

describe.each(CLASSES)('a mirrored argument, with %s', (_, Server) => {
  const served = createMcpHandler(factoryOf(registerAll, Server))

  async function code(args: unknown, header?: string) {
    const request = modern('tools/call', {
      params: { name: 'regional', arguments: args },
      headers: { 'mcp-param-region': header },
    })
    const response = await served.fetch(request)
    return [response.status, (await response.json()).error?.code]
  }

  it.each([
    ['is absent', { text: 'a' }, undefined],
    ['is the same', { text: 'a', region: 'eu' }, 'eu'],
    ['is the same in base64', { text: 'a', region: 'Zürich' }, '=?base64?WsO8cmljaA==?='],
  ])('passes where it %s', async (_, args, header) => {
    expect(await code(args, header)).toEqual([200, undefined])
  })

  it.each([
    ['has no header', { text: 'a', region: 'eu' }, undefined],
    ['has another header', { text: 'a', region: 'eu' }, 'us'],
    ['has a header in another case', { text: 'a', region: 'eu' }, 'EU'],
    ['has a header in bad base64', { text: 'a', region: 'eu' }, '=?base64?ZXU?='],
  ])('is refused (-32020) where it %s', async (_, args, header) => {
    expect(await code(args, header)).toEqual([400, -32020])
  })
})

describe("the SDK's McpServer", () => {
  it('is asked for its tools once, and again when they changed', async () => {
    const [, [, Sdk]] = CLASSES as [never, (typeof CLASSES)[number]]
    let mirrored = false
    const listed = vi.fn()
    const served = createMcpHandler(
      factoryOf((server) => {
        registerAll(server)
        const { setRequestHandler } = server.server
        listed.mockImplementation(() => ({
          tools: [
            {
              name: 'echo',
              inputSchema: {
                type: 'object',
                properties: {
                  text: mirrored ? { type: 'string', 'x-mcp-header': 'Text' } : { type: 'string' },
                },
              },
            },
          ],
        }))
        setRequestHandler.call(server.server, ListTools, listed)
      }, Sdk),
    )
    const call = () =>
      ask(served, modern('tools/call', { params: { name: 'echo', arguments: { text: 'hi' } } }))
    expect((await call()).error).toBeUndefined()
    expect((await call()).error).toBeUndefined()
    expect(listed).toHaveBeenCalledTimes(1)

    mirrored = true
    served.notify.toolsChanged()
    expect((await call()).error.code).toBe(-32020)
    expect(listed).toHaveBeenCalledTimes(2)
    await served.close()
  })
})
