import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type RunningTask, taskOf } from './index.ts'
import { serve, text } from './testing/serve.ts'

const readTask = (extra: object) => (extra as { task?: RunningTask }).task

describe.each([
  ['Portico', McpServer],
  ['the SDK', SdkMcpServer as unknown as typeof McpServer],
])('the last argument of a handler, with the class of %s', (_, Server) => {
  it('has the task that the handler runs as', async () => {
    const seen: unknown[] = []
    let finish = () => {}
    const { call, until, ask } = serve(
      (server) => {
        server.registerTool('slow', { inputSchema: { n: z.number() } }, async (_args, extra) => {
          const task = readTask(extra)
          task?.update('On it')
          seen.push(task?.id, task?.signal.aborted, taskOf(extra)?.id)
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          return text('done')
        })
      },
      { tools: { slow: { support: 'required' } } },
      {},
      Server,
    )
    const { taskId } = await call('slow', { n: 1 })
    const read = async () => (await ask('tasks/get', { taskId })).result
    await expect.poll(read).toMatchObject({ statusMessage: 'On it' })
    finish()
    await until(taskId, 'completed')
    expect(seen).toEqual([taskId, false, taskId])
  })

  it('has none in a call that is not a task, or not yet', async () => {
    const seen: unknown[] = []
    const { call, until } = serve(
      (server) => {
        server.registerTool('quick', {}, async (extra) => {
          seen.push(readTask(extra))
          return text('done')
        })
        server.registerTool('slow', {}, async (extra) => {
          seen.push(readTask(extra))
          while (!readTask(extra)) await new Promise((resolve) => setTimeout(resolve, 5))
          seen.push(readTask(extra)?.id)
          return text('done')
        })
      },
      { tools: { quick: { support: 'forbidden' } }, promoteAfterMs: 10 },
      {},
      Server,
    )
    expect(await call('quick')).toMatchObject(text('done'))
    const { taskId } = await call('slow')
    await until(taskId, 'completed')
    expect(seen).toEqual([undefined, undefined, taskId])
  })
})

it('a call that asks what its client cannot answer is refused, and ends nothing else', async () => {
  const { ask } = serve(
    (server) => {
      server.registerTool('asks', {}, async () => {
        await server.server.createMessage({ messages: [], maxTokens: 1 })
        return text('asked')
      })
    },
    {},
    {},
    SdkMcpServer as unknown as typeof McpServer,
  )
  // Vitest fails if a rejection is not handled.
  const answer = await ask('tools/call', { name: 'asks', arguments: {} }, { capabilities: {} })
  expect(answer.error).toMatchObject({ code: -32021, data: { requiredCapabilities: { sampling: {} } } })
})
