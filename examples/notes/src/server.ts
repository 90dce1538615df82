import { McpServer } from '@portico-mcp/core'
import { z } from 'zod'

const notes = new Map<string, string>()

const add = { text: z.string().min(1).describe('What to remember') }
const several = { texts: z.array(z.string().min(1)).describe('What to remember') }
const find = { query: z.string().describe('Words to look for') }

/** Builds the notes server; the notes themselves outlive it. */
export function createNotesServer(onchange: () => void): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })

  server.registerTool('add-note', { description: 'Save a note', inputSchema: add }, async ({ text }) => {
    const uri = save(text)
    onchange()
    return { content: [{ type: 'text', text: `Saved ${uri}: ${text}` }] }
  })

  server.registerTool(
    'import-notes',
    { description: 'Save several notes', inputSchema: several },
    async ({ texts }, { _meta, sendNotification }) => {
      for (const [index, text] of texts.entries()) {
        save(text)
        if (_meta?.progressToken === undefined) continue
        const params = { progressToken: _meta.progressToken, progress: index + 1, total: texts.length }
        await sendNotification({ method: 'notifications/progress', params })
      }
      onchange()
      return { content: [{ type: 'text', text: `Saved ${texts.length} notes` }] }
    },
  )

  server.registerTool('find-notes', { description: 'Find notes', inputSchema: find }, async ({ query }) => {
    const found = [...notes].filter(([, text]) => text.includes(query))
    return { content: [{ type: 'text', text: found.map(([uri, text]) => `${uri}: ${text}`).join('\n') }] }
  })

  for (const [uri, text] of notes) {
    server.registerResource(uri, uri, { mimeType: 'text/plain' }, async () => ({ contents: [{ uri, text }] }))
  }

  return server
}

function save(text: string): string {
  const uri = `note://${notes.size + 1}`
  notes.set(uri, text)
  return uri
}
