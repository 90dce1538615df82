import { setTimeout as sleep } from 'node:timers/promises'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { ElicitRequestFormParams } from '@modelcontextprotocol/sdk/types.js'
import { acceptedContent, inputRequired, inputResponses } from '@portico-mcp/core'
import { type Tasks, type TasksOptions, taskOf } from '@portico-mcp/tasks'
import { z } from 'zod'
import { text } from './text.ts'

/** How the tools of {@link registerTaskTools} are run. */
export const taskTools: TasksOptions['tools'] = {
  slow_compute: { support: 'optional', pollIntervalMs: 200 },
  failing_job: { support: 'required', pollIntervalMs: 200 },
  protocol_error_job: { support: 'optional', pollIntervalMs: 200 },
  confirm_delete: { support: 'optional', pollIntervalMs: 200 },
  multi_input: { support: 'optional', pollIntervalMs: 200 },
  test_tool_with_task: { support: 'required', pollIntervalMs: 200 },
}

/** Registers tools that run as tasks. */
export function registerTaskTools(server: McpServer, tasks: Tasks): void {
  const greeting = { name: z.string().optional().describe('Whom to greet') }
  server.registerTool('greet', { description: 'Greets', inputSchema: greeting }, async ({ name = 'world' }) =>
    text(`Hello, ${name}!`),
  )

  const seconds = { seconds: z.number().min(0).max(60).optional().describe('How long it takes') }
  server.registerTool(
    'slow_compute',
    { description: 'Computes for some seconds', inputSchema: seconds },
    async ({ seconds = 1 }, { signal }) => {
      await sleep(seconds * 1000, undefined, { signal })
      return text(`Computed for ${seconds} s`)
    },
  )

  server.registerTool('failing_job', { description: 'Fails after a second' }, async () => {
    await sleep(1000)
    throw new Error('The job failed')
  })

  server.registerTool('protocol_error_job', { description: 'Ends with a protocol error' }, async (extra) => {
    await sleep(200)
    const task = taskOf(extra)
    if (!task) throw new Error('The job failed')
    await tasks.fail(task.id, { code: -32603, message: 'The job failed' })
    return text('The job failed')
  })

  const file = { filename: z.string().optional().describe('What to delete') }
  server.registerTool(
    'confirm_delete',
    { description: 'Deletes a file once the user has confirmed it', inputSchema: file },
    async ({ filename = 'notes.txt' }) => {
      const answer = await server.server.elicitInput(form(`Delete ${filename}?`, 'confirm', 'boolean'))
      const isConfirmed = answer.action === 'accept' && answer.content?.confirm === true
      return text(isConfirmed ? `Deleted ${filename}` : `Kept ${filename}`)
    },
  )

  server.registerTool('multi_input', { description: 'Asks two things at once' }, async () => {
    const answers = await Promise.all([
      server.server.elicitInput(form('What is your name?', 'name', 'string')),
      server.server.elicitInput(form('What is your favorite color?', 'color', 'string')),
    ])
    return text(JSON.stringify(answers.map(({ content }) => content)))
  })

  server.registerTool(
    'test_tool_with_task',
    { description: 'Asks for a name, and greets later' },
    async (extra) => {
      const accepted = acceptedContent(inputResponses(extra), 'user_name', z.object({ name: z.string() }))
      if (!accepted) {
        const user_name = inputRequired.elicit(form('What is your name?', 'name', 'string'))
        return inputRequired({ inputRequests: { user_name } })
      }
      await sleep(300)
      return text(`Hello, ${accepted.name}!`)
    },
  )
}

const form = (message: string, name: string, type: 'string' | 'boolean'): ElicitRequestFormParams => ({
  message,
  requestedSchema: {
    type: 'object',
    properties: { [name]: type === 'string' ? { type } : { type } },
    required: [name],
  },
})
