import type { McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import type { HTTPServerOptions } from './index.ts'
import { askModern, type NamedParams } from './testing/ask-modern.ts'
import { serve } from './testing/serve.ts'

/** Serves a tool that answers when it is let go on. */
async function start(tasks: HTTPServerOptions['tasks'], options: HTTPServerOptions = {}) {
  let finish = (): void => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const setup = (server: McpServer) =>
    void server.registerTool('slow', {}, async () => {
      await done
      return { content: [{ type: 'text', text: 'done' }] }
    })
  const server = await serve({ name: 'slow', version: '1.0.0', setup }, { tasks, ...options })
  const ask = (method: string, params: NamedParams) => askModern(server.url, method, params)
  const health = async (): Promise<any> => (await fetch(new URL('/health', server.url))).json()
  return { ...server, ask, health, finish: () => finish() }
}

describe('the option tasks', () => {
  it('makes calls tasks by its rules, and counts those that run', async () => {
    const { ask, health, finish } = await start({ tools: { slow: { support: 'required' } } })
    expect((await health()).activeTasks).toBe(0)
    const { taskId } = await ask('tools/call', { name: 'slow' })
    expect((await health()).activeTasks).toBe(1)
    finish()
    await expect.poll(() => ask('tasks/get', { taskId })).toMatchObject({ status: 'completed' })
    expect((await health()).activeTasks).toBe(0)
  })

  it('ends tasks from elsewhere', async () => {
    const { ask, tasks } = await start({ tools: { slow: { support: 'required' } } }, { stateless: false })
    const { taskId } = await ask('tools/call', { name: 'slow' })
    await tasks?.complete(taskId, { content: [{ type: 'text', text: 'elsewhere' }] })
    const { status, result } = await ask('tasks/get', { taskId })
    expect([status, result.content[0].text]).toEqual(['completed', 'elsewhere'])
  })

  it('is off by default', async () => {
    const { ask, health, finish, tasks } = await start(undefined)
    expect(tasks).toBeUndefined()
    expect(await health()).not.toHaveProperty('activeTasks')
    finish()
    expect(await ask('tools/call', { name: 'slow' })).toMatchObject({ resultType: 'complete' })
  })

  it('may be true, so that calls become tasks after a while', async () => {
    const { ask, health, finish } = await start(true)
    finish()
    expect(await ask('tools/call', { name: 'slow' })).toMatchObject({ resultType: 'complete' })
    expect((await health()).activeTasks).toBe(0)
  })

  it.each([
    [{ ttlMs: 1 }, /ttlMs/],
    [{ speed: 1 }, /speed/],
    [7, 'tasks must be true, false or an object (got 7)'],
  ])('refuses %j', async (option, message) => {
    await expect(start(option as never)).rejects.toThrow(message)
  })
})
