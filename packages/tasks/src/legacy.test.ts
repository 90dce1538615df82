import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CallToolResultSchema,
  CreateTaskResultSchema,
  ElicitRequestSchema,
  TaskStatusNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { afterEach, describe, expect, it } from 'vitest'
import { InProcessQueue, type TasksOptions, taskOf, tasks } from './index.ts'
import { text } from './testing/serve.ts'

const soon = (ms = 20) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const options: TasksOptions = {
  tools: { 'slow*': { support: 'optional' }, must: { support: 'required' } },
  pollIntervalMs: 20,
}

function factory(): McpServer {
  const server = new McpServer({ name: 'tested', version: '1.0.0' })
  server.registerTool('slow', {}, async () => {
    await soon()
    return text('slow')
  })
  server.registerTool('slow-asks', {}, async () => {
    const { content } = await server.server.elicitInput({
      message: 'Name?',
      requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
    })
    return text(`Hello, ${content?.name}`)
  })
  server.registerTool('slow-tells', {}, async (extra) => {
    await soon()
    taskOf(extra)?.update('Half of it')
    await soon()
    return text('told')
  })
  server.registerTool('slow-endless', {}, () => new Promise<never>(() => {}))
  server.registerTool('must', {}, async () => text('must'))
  server.registerTool('never', {}, async () => text('never'))
  return server
}

async function connect(
  legacy: 'stateless' | ReturnType<typeof sessions>,
  tasksOptions = options,
): Promise<Client> {
  const handler = createMcpHandler(factory, { legacy, extensions: [tasks(tasksOptions)] })
  const client = new Client({ name: 'c', version: '1.0.0' }, { capabilities: { elicitation: {}, tasks: {} } })
  client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({
    action: 'accept',
    content: { name: `Ada (${params._meta?.['io.modelcontextprotocol/related-task'] ? 'task' : 'call'})` },
  }))
  await client.connect(
    new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    }) as never,
  )
  closing.push(
    () => handler.close(),
    () => client.close(),
  )
  return client
}

describe('notifications/tasks/status', () => {
  /** Connects a client whose stream is open, and collects what it hears of tasks. */
  async function listen(tasksOptions: TasksOptions) {
    const client = await connect(sessions(), tasksOptions)
    const heard: { taskId: string; status: string; statusMessage?: string | undefined }[] = []
    client.setNotificationHandler(TaskStatusNotificationSchema, ({ params }) => void heard.push(params))
    await soon(50)
    const start = async (name: string, ttl = 60_000) => {
      const created = await client.request(
        { method: 'tools/call', params: { name, arguments: {}, task: { ttl } } },
        CreateTaskResultSchema,
      )
      return created.task.taskId
    }
    return { client, heard, start }
  }

  it.each([
    ['in this process', {}],
    ['in a queue', { queue: new InProcessQueue() }],
  ])('tells the client of a session of the end of a task %s', async (_, where) => {
    const { heard, start } = await listen({ ...options, ...where })
    const taskId = await start('slow')
    await expect
      .poll(() => heard.at(-1))
      .toMatchObject({ taskId, status: 'completed', ttl: 60_000, pollInterval: 20 })
    expect(heard.filter(({ status }) => status === 'completed')).toHaveLength(1)
    expect(heard.at(-1)).not.toHaveProperty('result')
  })

  it('tells of questions, of progress and of a cancelled task', async () => {
    const { client, heard, start } = await listen(options)
    const asking = await start('slow-asks')
    await expect
      .poll(() => heard)
      .toContainEqual(expect.objectContaining({ taskId: asking, status: 'input_required' }))
    const telling = await start('slow-tells')
    await expect
      .poll(() => heard)
      .toContainEqual(
        expect.objectContaining({ taskId: telling, status: 'working', statusMessage: 'Half of it' }),
      )
    const endless = await start('slow-endless')
    await client.experimental.tasks.cancelTask(endless)
    await expect
      .poll(() => heard)
      .toContainEqual(expect.objectContaining({ taskId: endless, status: 'cancelled' }))
  })
})

const kinds: [string, () => 'stateless' | ReturnType<typeof sessions>][] = [
  ['without a session', () => 'stateless'],
  ['in a session', () => sessions()],
]

describe.each(kinds)('a task of 2025-11-25 %s', (_, legacy) => {
  it('is made by the official client, and has its result', async () => {
    const client = await connect(legacy())
    expect(client.getServerCapabilities()?.tasks).toMatchObject({ requests: { tools: { call: {} } } })
    const statuses: string[] = []
    for await (const message of client.experimental.tasks.callToolStream(
      { name: 'slow', arguments: {} },
      CallToolResultSchema,
      { task: { ttl: 60_000 } },
    )) {
      if (message.type === 'taskCreated') expect(message.task.ttl).toBe(60_000)
      if (message.type === 'taskStatus') statuses.push(message.task.status)
      if (message.type === 'result') expect(message.result.content).toEqual(text('slow').content)
      statuses.push(message.type)
    }
    expect(statuses[0]).toBe('taskCreated')
    expect(statuses.at(-1)).toBe('result')
  })

  it('is shown in the list of tools', async () => {
    const client = await connect(legacy())
    const { tools } = await client.listTools()
    const support = Object.fromEntries(tools.map(({ name, execution }) => [name, execution?.taskSupport]))
    expect(support).toEqual({
      slow: 'optional',
      'slow-asks': 'optional',
      'slow-tells': 'optional',
      'slow-endless': 'optional',
      must: 'required',
      never: 'forbidden',
    })
  })

  it('is required and forbidden as the rules say', async () => {
    const client = await connect(legacy())
    const call = (params: object) =>
      client.request({ method: 'tools/call', params } as never, CallToolResultSchema)
    await expect(call({ name: 'must', arguments: {} })).rejects.toMatchObject({ code: -32601 })
    await expect(call({ name: 'never', arguments: {}, task: {} })).rejects.toMatchObject({ code: -32601 })
    expect((await call({ name: 'slow', arguments: {} })).content).toEqual(text('slow').content)
  })

  it('is cancelled once', async () => {
    const client = await connect(legacy())
    const { z } = await import('zod')
    const created = await client.request(
      { method: 'tools/call', params: { name: 'slow-endless', arguments: {}, task: {} } },
      z.looseObject({ task: z.looseObject({ taskId: z.string() }) }) as never,
    )
    const { taskId } = (created as { task: { taskId: string } }).task
    expect(await client.experimental.tasks.cancelTask(taskId)).toMatchObject({ status: 'cancelled' })
    await expect(client.experimental.tasks.cancelTask(taskId)).rejects.toMatchObject({ code: -32602 })
    await expect(
      client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema as never),
    ).rejects.toMatchObject({ code: -32602 })
    await expect(client.experimental.tasks.getTask('unknown')).rejects.toMatchObject({
      code: expect.any(Number),
    })
  })
})

describe('a task in a session', () => {
  it('asks its client while it waits for the result', async () => {
    const client = await connect(sessions())
    let result: any
    for await (const message of client.experimental.tasks.callToolStream(
      { name: 'slow-asks', arguments: {} },
      CallToolResultSchema,
      { task: {} },
    )) {
      if (message.type === 'result') result = message.result
      if (message.type === 'error') throw message.error
    }
    expect(result.content).toEqual(text('Hello, Ada (task)').content)
    expect(result._meta['io.modelcontextprotocol/related-task']).toBeDefined()
  })

  it('is listed for its session alone', async () => {
    const legacy = sessions()
    const client = await connect(legacy)
    await client.experimental.tasks
      .callToolStream({ name: 'slow', arguments: {} }, CallToolResultSchema, { task: {} })
      .next()
    expect((await client.experimental.tasks.listTasks()).tasks).toHaveLength(1)
  })

  it('is not needed for a call that asks', async () => {
    const client = await connect(sessions())
    const { content } = await client.callTool({ name: 'slow-asks', arguments: {} })
    expect(content).toEqual(text('Hello, Ada (call)').content)
  })
})
