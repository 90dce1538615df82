import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { createStdioPool } from '@portico-mcp/stdio'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HTTPServerOptions } from './index.ts'
import { askModern, type NamedParams } from './testing/ask-modern.ts'
import { serve } from './testing/serve.ts'

const { resolve } = createRequire(import.meta.url)
const everything = join(
  dirname(resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
)
const call = { name: 'simulate-research-query', arguments: { topic: 'whales', ambiguous: true } }
const content = { interpretation: 'biology' }

/** Serves the published server as a program, whose tool runs as a task of its own and asks in the middle. */
async function start(options: HTTPServerOptions = {}) {
  const pool = createStdioPool({ command: process.execPath, args: [everything] })
  onTestFinished(() => pool.close())
  return serve(() => pool.createServer(), { tasks: {}, ...options })
}

describe('the tasks of a program', () => {
  it('are tasks of the extension in 2026-07-28, and ask by input requests', async () => {
    const { url } = await start()
    const ask = (method: string, params: NamedParams) => askModern(url, method, params)
    const { resultType, taskId } = await ask('tools/call', call)
    expect(resultType).toBe('task')
    const get = () => ask('tasks/get', { taskId })
    await expect.poll(get).toMatchObject({ status: 'input_required' })
    const [key] = Object.keys((await get()).inputRequests) as [string]
    await ask('tasks/update', { taskId, inputResponses: { [key]: { action: 'accept', content } } })
    await expect.poll(get).toMatchObject({ status: 'completed' })
    expect((await get()).result.content[0].text).toContain('whales (biology)')
  })

  it('are tasks of 2025-11-25 in a session', async () => {
    const { url } = await start({ stateless: false })
    const client = new Client(
      { name: 'c', version: '1.0.0' },
      { capabilities: { elicitation: {}, tasks: { requests: { elicitation: { create: {} } } } } },
    )
    client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content }))
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as never)
    onTestFinished(() => client.close())
    const task = { ttl: 60_000 }
    const seen: string[] = []
    let result: unknown
    for await (const message of client.experimental.tasks.callToolStream(call, CallToolResultSchema, {
      task,
    })) {
      seen.push(message.type === 'taskStatus' ? message.task.status : message.type)
      if (message.type === 'result') result = message.result.content
    }
    expect(seen).toEqual(expect.arrayContaining(['taskCreated', 'working', 'input_required', 'result']))
    expect(JSON.stringify(result)).toContain('whales (biology)')
  })
})
