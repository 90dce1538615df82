import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { createTaskSessionFromClient, resultFromTaskOutcome } from '@modelcontextprotocol/ext-tasks/client'
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createServer } from '@modelcontextprotocol/server-everything/dist/server/index.js'
import { McpServer, type McpServerFactory } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { afterEach, describe, expect, it } from 'vitest'
import type { TasksOptions } from './index.ts'
import { ID, serveFactory, text } from './testing/serve.ts'

const URL_OF_SERVER = new URL('http://localhost/mcp')
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const factory: McpServerFactory = () => {
  const server = new McpServer({ name: 'tested', version: '1.0.0' })
  server.registerTool('report', {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    const { content } = await server.server.elicitInput({
      message: 'Name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    })
    return text(`Hello, ${content?.name}`)
  })
  server.registerTool('plain', {}, async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    return text('plain')
  })
  server.registerTool('quick', {}, async () => text('quick'))
  return server
}
const options: TasksOptions = {
  tools: { report: { support: 'required' }, plain: { support: 'required' } },
  pollIntervalMs: 20,
}

const clientInfo = { name: 'tested', version: '1.0.0' }
const answer = { action: 'accept' as const, content: { name: 'Ada' } }

function start(build: McpServerFactory, tasksOptions: TasksOptions) {
  const served = serveFactory(build, tasksOptions, { legacy: sessions() })
  closing.push(() => served.handler.close())
  const fetch = (url: string | URL, init?: RequestInit) => served.handler.fetch(new Request(url, init))
  return { ...served, fetch }
}

type Fetch = ReturnType<typeof start>['fetch']

async function connectModern(fetch: Fetch) {
  const clientCapabilities = { elicitation: { form: {} }, extensions: { [ID]: {} } }
  const client = new Client(clientInfo, {
    capabilities: clientCapabilities as never,
    versionNegotiation: { mode: { pin: '2026-07-28' } },
  })
  await client.connect(new StreamableHTTPClientTransport(URL_OF_SERVER, { fetch }))
  closing.push(() => client.close())
  const rawDispatch = async (request: any): Promise<any> => {
    const { method, params } = request
    const name = params?.taskId ?? params?.name
    const response = await fetch(URL_OF_SERVER, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': method,
        ...(name && { 'mcp-name': name }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...request }),
    })
    return response.json()
  }
  return createTaskSessionFromClient(client, {
    endpointId: 'tested',
    rawDispatch,
    v2RequestFraming: { protocolVersion: '2026-07-28', clientInfo, clientCapabilities },
    onInputRequest: async () => answer as never,
  })
}

async function connectLegacy(fetch: Fetch) {
  const client = new Client(clientInfo, {
    capabilities: { elicitation: {} },
    versionNegotiation: { mode: 'legacy' },
  } as never)
  await client.connect(new StreamableHTTPClientTransport(URL_OF_SERVER, { fetch }))
  closing.push(() => client.close())
  return createTaskSessionFromClient(client, {
    endpointId: 'tested',
    onInputRequest: async () => answer as never,
  })
}

describe.each([
  ['2026-07-28', connectModern],
  ['2025-11-25', connectLegacy],
] as const)('the requester of the tasks extension in %s', (era, connect) => {
  // In 2025-11-25 it reads requests of the server from elsewhere than the result that it waits for.
  const name = era === '2025-11-25' ? 'plain' : 'report'

  it('runs a tool as a task, and answers what it asks', async () => {
    const { fetch } = start(factory, options)
    const session = await connect(fetch)
    const declaration = { name, taskSupport: 'required' } as never
    const execution = await session.callTool(name, {}, { declaration })
    const { outcome } = await execution.settle()
    const result = resultFromTaskOutcome(outcome as never) as { content: unknown }
    expect(result.content).toEqual(text(name === 'plain' ? 'plain' : 'Hello, Ada').content)
    await session.close()
  })

  it('gets the result of a tool that is no task', async () => {
    const { fetch } = start(factory, options)
    const session = await connect(fetch)
    const { outcome } = await (await session.callTool('quick', {})).settle()
    expect(JSON.stringify(outcome)).toContain('quick')
    await session.close()
  })
})

describe('a server that has tasks of the SDK itself', () => {
  const research = { topic: 'whales', ambiguous: true }

  it('is served with the extension of 2026-07-28, its questions as input requests', async () => {
    const { call, until, ask } = start(createServer, {})
    const capabilities = { elicitation: {}, extensions: { [ID]: {} } }
    const created = await call('simulate-research-query', research, { capabilities })
    expect(created).toMatchObject({ resultType: 'task', status: 'working' })
    const { inputRequests } = await until(created.taskId, 'input_required')
    const [[key, request]] = Object.entries<any>(inputRequests) as [[string, any]]
    expect(request.method).toBe('elicitation/create')
    await ask('tasks/update', {
      taskId: created.taskId,
      inputResponses: { [key]: { action: 'accept', content: { interpretation: 'technical' } } },
    })
    const done = await until(created.taskId, 'completed')
    expect(done.result.content[0].text).toContain('whales')
  }, 30_000)

  it('serves its own tasks to clients of 2025-11-25', async () => {
    const { fetch } = start(createServer, {})
    const client = new LegacyClient(clientInfo, { capabilities: { elicitation: {}, tasks: {} } })
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { interpretation: 'technical' },
    }))
    await client.connect(new LegacyTransport(URL_OF_SERVER, { fetch }) as never)
    closing.push(() => client.close())
    const types: string[] = []
    const stream = client.experimental.tasks.callToolStream(
      { name: 'simulate-research-query', arguments: { topic: 'whales', ambiguous: false } },
      CallToolResultSchema,
      { task: { ttl: 60_000 } },
    )
    for await (const message of stream) types.push(message.type)
    expect(types[0]).toBe('taskCreated')
    expect(types.at(-1)).toBe('result')
  }, 30_000)
})
