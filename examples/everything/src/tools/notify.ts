import { setTimeout as delay } from 'node:timers/promises'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { text } from './text.ts'

const PAUSE_MS = 50

/** Registers tools that tell the client something before, or besides, their result. */
export function registerNotifyingTools(server: McpServer): void {
  server.registerTool(
    'test_tool_with_progress',
    { description: 'Reports progress while it works' },
    async ({ _meta, sendNotification }) => {
      const progressToken = _meta?.progressToken
      for (const progress of [0, 50, 100]) {
        if (progressToken !== undefined) {
          const params = { progressToken, progress, total: 100, message: `${progress} of 100` }
          await sendNotification({ method: 'notifications/progress', params })
        }
        await delay(PAUSE_MS)
      }
      return text('Done')
    },
  )

  for (const name of ['test_tool_with_logging', 'test_logging_tool']) {
    server.registerTool(name, { description: 'Logs while it works' }, async ({ sendNotification }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await sendNotification({ method: 'notifications/message', params: { level: 'info', data } })
        await delay(PAUSE_MS)
      }
      return text('Done')
    })
  }

  server.registerTool(
    'test_trigger_tool_change',
    { description: 'Says that the tools changed' },
    async () => {
      server.sendToolListChanged()
      return text('Announced')
    },
  )

  server.registerTool(
    'test_trigger_prompt_change',
    { description: 'Says that the prompts changed' },
    async () => {
      server.sendPromptListChanged()
      return text('Announced')
    },
  )

  server.registerTool(
    'test_reconnection',
    { description: 'Closes its response stream before the result is there' },
    async ({ closeSSEStream }) => {
      closeSSEStream?.()
      await delay(2 * PAUSE_MS)
      return text('Sent after the stream was closed')
    },
  )
}
