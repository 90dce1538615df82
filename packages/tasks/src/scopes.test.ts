import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateTaskResultSchema } from '@modelcontextprotocol/sdk/types.js'
import { scopes, staticVerifier, withAuth } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { afterEach, describe, expect, it } from 'vitest'
import { tasks } from './index.ts'
import { serve } from './testing/serve.ts'

const claims = { sub: 'ada' }
const verifier = staticVerifier({
  strong: { clientId: 'c', scopes: ['use', 'reports'], claims },
  admin: { clientId: 'c', scopes: ['use', 'all'], claims },
  weak: { clientId: 'c', scopes: ['use'], claims },
})

const protect = (handler: FetchHandler): FetchHandler =>
  withAuth(handler, {
    verifier,
    requiredScopes: ['use'],
    scopes: scopes({ tools: { 'report-*': ['reports'] } }),
    scopeHierarchy: { all: ['reports'] },
    onerror: () => {},
  })

const options = { tools: { '*': { support: 'required' as const } } }
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function register(server: McpServer): void {
  for (const name of ['report-sales', 'plain']) {
    server.registerTool(name, {}, () => new Promise<never>(() => {}))
  }
}

describe('the scopes of a tool', () => {
  async function start(tool = 'report-sales') {
    const served = serve(register, options, {}, undefined, protect)
    closing.push(() => served.handler.close())
    const { taskId } = await served.call(tool, {}, bearer('strong'))
    return { ...served, taskId }
  }

  it.each([
    ['tasks/get', {}],
    ['tasks/update', { inputResponses: {} }],
    ['tasks/cancel', {}],
  ])('are required for %s, with a challenge that names them', async (method, params) => {
    const { send, taskId } = await start()
    const refused = await send(method, { taskId, ...params }, bearer('weak'))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="use reports"')
    for (const token of ['admin', 'strong']) {
      expect((await send(method, { taskId, ...params }, bearer(token))).status).toBe(200)
    }
  })

  it('are required to listen to its tasks', async () => {
    const { send, taskId } = await start()
    const filter = { notifications: { taskIds: [taskId] } }
    expect((await send('subscriptions/listen', filter, bearer('weak'))).status).toBe(403)
    const stream = await send('subscriptions/listen', filter, bearer('strong'))
    expect(stream.status).toBe(200)
    await stream.body?.cancel()
  })

  it('change nothing of the tasks of other tools, nor of what is unknown', async () => {
    const { ask, taskId } = await start('plain')
    expect((await ask('tasks/get', { taskId }, bearer('weak'))).result.status).toBe('working')
    expect((await ask('tasks/get', { taskId: 'unknown' }, bearer('weak'))).error.code).toBe(-32602)
  })

  it.each([
    ['without a session', undefined],
    ['in a session', sessions()],
  ])('are required for the tasks of 2025-11-25 %s', async (_, legacy) => {
    const handler = createMcpHandler(
      () => {
        const server = new McpServer({ name: 'tested', version: '1.0.0' })
        register(server)
        return server
      },
      { extensions: [tasks(options)], ...(legacy && { legacy }) },
    )
    const { fetch } = protect(handler)
    let token = 'strong'
    const client = new Client({ name: 'c', version: '1.0.0' }, { capabilities: { tasks: {} } })
    const transport = new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
      fetch: (url, init) => {
        const request = new Request(url, init)
        request.headers.set('authorization', `Bearer ${token}`)
        return fetch(request)
      },
    })
    await client.connect(transport as never)
    closing.push(
      () => handler.close(),
      () => client.close(),
    )
    const call = (name: string) =>
      client.request(
        { method: 'tools/call', params: { name, arguments: {}, task: { ttl: 60_000 } } },
        CreateTaskResultSchema,
      )
    const { task } = await call('report-sales')
    const plain = await call('plain')
    const listed = async () => (await client.experimental.tasks.listTasks()).tasks.map(({ taskId }) => taskId)
    expect(await listed()).toEqual(expect.arrayContaining([task.taskId, plain.task.taskId]))
    token = 'weak'
    expect(await listed()).toEqual([plain.task.taskId])
    await expect(client.experimental.tasks.getTask(task.taskId)).rejects.toThrow(
      /insufficient|scope|Unknown/i,
    )
    await expect(client.experimental.tasks.cancelTask(task.taskId)).rejects.toThrow()
    token = 'strong'
    expect((await client.experimental.tasks.getTask(task.taskId)).status).toBe('working')
  })
})
