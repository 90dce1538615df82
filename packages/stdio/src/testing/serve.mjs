// A server over standard input and output, which the official clients start.
import { McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import { serveStdio } from '../../dist/index.js'

const createServer = () => {
  const server = new McpServer({ name: 'served', version: '1.0.0' })
  const text = (value) => ({ content: [{ type: 'text', text: String(value) }] })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text: said }) => {
    console.log('this goes to standard error')
    return text(said)
  })
  server.registerTool('ask', {}, async () => {
    const requestedSchema = { type: 'object', properties: { city: { type: 'string' } } }
    const { content } = await server.server.elicitInput({ message: 'Where to?', requestedSchema })
    return text(content?.city)
  })
  return server
}
await serveStdio(createServer).closed
