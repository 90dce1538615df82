import { setTimeout as sleep } from 'node:timers/promises'
import { McpServer, type McpServerFactory, once } from '@portico-mcp/core'
import { taskOf } from '@portico-mcp/tasks'
import { z } from 'zod'

/**
 * Builds servers with a report that takes long, and asks for approval in the middle.
 *
 * @param sectionMs - How long each section takes.
 */
export const createReports =
  (sectionMs: number): McpServerFactory =>
  () => {
    const server = new McpServer({ name: 'reports', version: '1.0.0' })
    const about = { about: z.string().describe('What the report is about') }
    server.registerTool(
      'report',
      { description: 'Writes a report', inputSchema: about },
      async ({ about }, extra) => {
        // What `once` has done is kept: after a restart, the report goes on with the next section.
        const write = (section: string): Promise<string> =>
          once(extra, section, async () => {
            taskOf(extra)?.update(`Writing about the ${section}`)
            await sleep(sectionMs)
            return `${section} of ${about}`
          })
        const draft = [await write('sales'), await write('costs')]
        const { content } = await server.server.elicitInput({
          message: `Approve: ${draft.join(', ')}?`,
          requestedSchema: {
            type: 'object',
            properties: { approved: { type: 'boolean' } },
            required: ['approved'],
          },
        })
        if (content?.approved !== true) return said('The draft was not approved')
        return said([...draft, await write('outlook')].join(', '))
      },
    )
    return server
  }

const said = (text: string): { content: [{ type: 'text'; text: string }] } => ({
  content: [{ type: 'text', text }],
})
