import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { tasks } from '@portico-mcp/tasks'
import { afterEach, expect, it, vi } from 'vitest'
import { recordTasks } from './index.ts'
import { collect } from './testing/collect.ts'
import { modern } from './testing/requests.ts'

const collected = collect()
afterEach(() => collected.reset())

const ID = 'io.modelcontextprotocol/tasks'
const TOOL = 'gen_ai.tool.name'
const STATUS = 'portico.task.status'

/** A task that ends as its tool says. */
async function runTask(tool: string): Promise<void> {
  const onstatus = vi.fn(recordTasks())
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: 'observed', version: '1.0.0' })
      server.registerTool('report', {}, async () => ({ content: [{ type: 'text', text: 'secret' }] }))
      return server
    },
    { extensions: [tasks({ tools: { '*': { support: 'required' } }, onstatus })], onerror: () => {} },
  )
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [ID]: {} } },
  }
  await handler.fetch(modern('tools/call', { name: tool, arguments: {}, _meta }, { 'mcp-name': tool }))
  await vi.waitUntil(() => onstatus.mock.calls.some(([{ status }]) => status !== 'working'))
  // the first change may wait for the api to be loaded
  await vi.waitUntil(() => collected.spans().length > 0)
  await handler.close()
}

it('records a span and a duration for a task, and counts the changes of its status', async () => {
  const before = await collected.total('portico.server.task.changes')
  await runTask('report')
  const { attributes, startTime, endTime, parentSpanContext } = collected.span('task report')
  expect(attributes).toMatchObject({ [TOOL]: 'report', [STATUS]: 'completed' })
  expect(attributes['portico.task.id']).toEqual(expect.any(String))
  expect(parentSpanContext).toBeUndefined()
  expect(endTime[0] * 1e9 + endTime[1]).toBeGreaterThanOrEqual(startTime[0] * 1e9 + startTime[1])
  expect((await collected.total('portico.server.task.changes')) - before).toBe(2)
  expect(await collected.total('portico.server.task.duration', { [STATUS]: 'completed' })).toBe(1)
  expect(JSON.stringify(collected.spans().map((span) => span.attributes))).not.toContain('secret')
})

it('makes no series for names that a client makes up', async () => {
  await runTask('made-up')
  expect(JSON.stringify(await collected.points('portico.server.task.changes'))).not.toContain('made-up')
})
