import { McpServer } from '@portico-mcp/core'
import { z } from 'zod'

const notes = new Map<string, string>()

const add = { text: z.string().min(1).describe('What to remember') }
const find = { query: z.string().describe('Words to look for') }

/** Builds the notes server; the notes themselves outlive it. */
export function createNotesServer(onchange: () => void): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })

  server.registerTool('add-note', { description: 'Save a note', inputSchema: add }, async ({ text }) => {
    const uri = `note://${notes.size + 1}`
    notes.set(uri, text)
    onchange()
    return { content: [{ type: 'text', text: `Saved ${uri}: ${text}` }] }
  })

  server.registerTool('find-notes', { description: 'Find notes', inputSchema: find }, async ({ query }) => {
    const found = [...notes].filter(([, text]) => text.includes(query))
    return { content: [{ type: 'text', text: found.map(([uri, text]) => `${uri}: ${text}`).join('\n') }] }
  })

  for (const [uri, text] of notes) {
    server.registerResource(uri, uri, { mimeType: 'text/plain' }, async () => ({ contents: [{ uri, text }] }))
  }

  return server
}
