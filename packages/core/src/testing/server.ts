import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { z } from 'zod'
import type { McpServerFactory } from '../server/factory.ts'
import { McpServer } from '../server/fast/mcp-server.ts'

const text = { text: z.string() }
const region = { text: z.string(), region: z.string().optional().meta({ 'x-mcp-header': 'Region' }) }

/** Both classes that a factory may build with; what holds for one holds for the other. */
export const CLASSES: [string, typeof SdkMcpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
]

/** A factory of servers that only have what a test registers. */
export function factoryOf(
  register: (server: SdkMcpServer) => void,
  Server: typeof SdkMcpServer = McpServer,
): McpServerFactory {
  return () => {
    const server = new Server(
      { name: 'tested', version: '1.2.3' },
      { capabilities: { logging: {} }, instructions: 'Ask.' },
    )
    register(server)
    return server
  }
}

/** A little of everything. */
export function registerAll(server: SdkMcpServer): void {
  server.registerTool('echo', { description: 'Says it again', inputSchema: text }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  server.registerTool(
    'regional',
    { description: 'Says it there', inputSchema: region },
    async ({ text, region }) => ({
      content: [{ type: 'text', text: `${text} in ${region}` }],
    }),
  )
  server.registerTool('fail', { description: 'Fails' }, async () => {
    throw new Error('It broke')
  })
  server.registerResource('readme', 'doc://readme', { mimeType: 'text/plain' }, async (uri) => ({
    contents: [{ uri: uri.href, text: 'Read me' }],
  }))
  server.registerResource('broken', 'doc://broken', {}, async () => {
    throw new Error('ENOENT: /etc/secret')
  })
  server.registerPrompt('greet', { argsSchema: { who: z.string() } }, async ({ who }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Greet ${who}` } }],
  }))
}
