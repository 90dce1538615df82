import type { CallToolRequest } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import type { StoredCall } from './record/task-record.ts'

/** The identifier of the tasks extension. */
export const TASKS_ID = 'io.modelcontextprotocol/tasks'

const PREFIX = 'io.modelcontextprotocol/'

/** Creates the params of the call that runs a task for its client. */
export function createCallParams(
  taskId: string,
  { name, arguments: args, clientCapabilities }: StoredCall,
): CallToolRequest['params'] {
  const { extensions } = clientCapabilities as { extensions?: object }
  const capabilities = { ...clientCapabilities, extensions: { ...extensions, [TASKS_ID]: {} } }
  return {
    name,
    arguments: args,
    _meta: {
      [`${PREFIX}protocolVersion`]: '2026-07-28',
      [`${PREFIX}clientCapabilities`]: capabilities,
      // Handlers send progress only to a client that has asked for it.
      progressToken: taskId,
    },
  }
}

/** Refuses what a client cannot get that does not declare the extension. */
export const notDeclared = (what: string): Refusal =>
  new Refusal('missing-capability', `${what} runs as a task, which the client does not declare`, {
    data: { requiredCapabilities: { extensions: { [TASKS_ID]: {} } } },
  })
