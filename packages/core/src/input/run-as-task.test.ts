import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks'
import { describe, expect, it } from 'vitest'
import { createMcpHandler } from '../index.ts'
import { ask, modern } from '../testing/requests.ts'
import { CLASSES } from '../testing/server.ts'

const info = { name: 'tested', version: '1.0.0' }

const content = [{ type: 'text' as const, text: 'researched' }]

describe.each(CLASSES)('a tool that has to be a task, of %s', (_, Class) => {
  const handlerOf = (
    status: 'completed' | 'failed',
    meta?: object,
    breakStore?: (store: InMemoryTaskStore) => void,
  ) =>
    createMcpHandler(
      () => {
        const taskStore = new InMemoryTaskStore()
        breakStore?.(taskStore)
        const server = new Class(info, {
          taskStore,
          capabilities: { tasks: { requests: { tools: { call: {} } } } },
        })
        server.experimental.tasks.registerToolTask(
          'research',
          { execution: { taskSupport: 'required' } },
          {
            async createTask(extra) {
              const task = await extra.taskStore.createTask({ ttl: 60_000 })
              const result = {
                content,
                ...(status === 'failed' && { isError: true }),
                ...(meta && { _meta: meta }),
              }
              await extra.taskStore.storeTaskResult(task.taskId, status, result)
              return { task }
            },
            getTask: async (extra) => extra.taskStore.getTask(extra.taskId),
            getTaskResult: async (extra) =>
              (await extra.taskStore.getTaskResult(extra.taskId)) as { content: typeof content },
          },
        )
        server.registerTool('plain', {}, async () => ({ content }))
        return server
      },
      { onerror() {} },
    )

  const call = (handler: ReturnType<typeof handlerOf>, name = 'research') =>
    ask(handler, modern('tools/call', { params: { name, arguments: {} } }))

  it('is answered with its result in 2026-07-28', async () => {
    const { result } = await call(handlerOf('completed'))
    expect(result).toMatchObject({ content, resultType: 'complete' })
    expect(JSON.stringify(result)).not.toContain('related-task')
  })

  it('keeps what else its result says', async () => {
    const { result } = await call(handlerOf('completed', { 'example.com/cost': 3 }))
    expect(result).toMatchObject({ content, _meta: { 'example.com/cost': 3 } })
  })

  it('says that it failed', async () => {
    expect((await call(handlerOf('failed'))).result).toMatchObject({ content, isError: true })
  })

  it('is answered with an error where it does not become a task', async () => {
    const handler = handlerOf('completed', undefined, (store) => {
      store.createTask = () => Promise.reject(new Error('No room for a task'))
    })
    expect(await call(handler)).toMatchObject({ id: 1, error: { code: -32602 } })
  })

  it('is answered with an error where its result cannot be read', async () => {
    const handler = handlerOf('completed', undefined, (store) => {
      store.getTaskResult = () => Promise.reject(new Error('The store is gone'))
    })
    expect(await call(handler)).toMatchObject({ id: 1, error: { message: 'The store is gone' } })
  })

  it('leaves other tools as they are', async () => {
    expect((await call(handlerOf('completed'), 'plain')).result).toMatchObject({ content })
  })
})
