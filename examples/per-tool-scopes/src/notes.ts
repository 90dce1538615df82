import { checkScopes, getIdentity } from '@portico-mcp/auth'
import { McpServer } from '@portico-mcp/core'
import { z } from 'zod'

const what = { drafts: z.boolean().optional().describe('Whether drafts are wanted too') }

const notes = { 'note://open/plans': 'Water the plants', 'note://private/diary': 'Dear diary' }

/** Builds a server that leaves scopes to the rules in front of it, but for what arguments decide. */
export function createNotesServer(): McpServer {
  const server = new McpServer({ name: 'scoped-notes', version: '1.0.0' })

  server.registerTool('read-notes', { description: 'Read the notes' }, async () => says('read the notes'))
  server.registerTool('purge-trash', { description: 'Empty the trash' }, async () =>
    says('emptied the trash'),
  )
  server.registerTool('purge-archive', { description: 'Empty the archive' }, async () =>
    says('emptied the archive'),
  )
  server.registerTool(
    'export-notes',
    { description: 'Export the notes', inputSchema: what },
    async ({ drafts }) => {
      if (drafts) checkScopes(['notes:admin'])
      return says(drafts ? 'exported notes and drafts' : 'exported the notes')
    },
  )

  for (const [uri, text] of Object.entries(notes)) {
    server.registerResource(uri, uri, { mimeType: 'text/plain' }, async () => ({ contents: [{ uri, text }] }))
  }

  return server
}

function says(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text: `${getIdentity()?.id} ${text}` }] }
}
