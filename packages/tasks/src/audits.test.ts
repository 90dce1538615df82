import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createAuditFixture, registerTaskFixture, runAudit, taskAudits } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InProcessQueue, type TasksOptions, tasks } from './index.ts'

const rules: TasksOptions['tools'] = {
  audit_task: { support: 'optional' },
  audit_task_required: { support: 'required' },
}

const targets: [string, typeof McpServer, TasksOptions][] = [
  ['Portico’s McpServer', McpServer, {}],
  ['the SDK’s McpServer', SdkMcpServer as never, {}],
  ['a queue', McpServer, { queue: new InProcessQueue() }],
]

it('has at least 40 audits of the tasks extension, each with its own id', () => {
  expect(taskAudits.length).toBeGreaterThanOrEqual(40)
  expect(new Set(taskAudits.map(({ id }) => id)).size).toBe(taskAudits.length)
})

describe.each(targets)('tasks with %s', (_, Server, options) => {
  const parts = { McpServer: Server as never, ResourceTemplate, z }
  const fixture = createAuditFixture(parts)
  const registerTasks = registerTaskFixture(parts)
  const factory = (context: { requestInfo?: Request | undefined }) => {
    const server = fixture(context as never)
    registerTasks(server)
    return server
  }
  const handler = createMcpHandler(factory, { extensions: [tasks({ tools: rules, ...options })] })
  const target = { url: 'http://audit.test/mcp', fetch: handler.fetch }

  it.each(taskAudits)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})

describe('a server without tasks', () => {
  it('is not put the audits of tasks', async () => {
    const parts = { McpServer: McpServer as never, ResourceTemplate, z }
    const { fetch } = createMcpHandler(createAuditFixture(parts) as never)
    const results = await Promise.all(
      taskAudits.map((audit) => runAudit(audit, { url: 'http://audit.test/mcp', fetch })),
    )
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']))
  })
})
