import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { getIdentity } from '../index.ts'

/** A handler with a few tools, prompts and resources; `calls` counts the servers it built. */
export function createNotes(options?: Parameters<typeof createMcpHandler>[1]): {
  handler: McpHttpHandler
  seen: unknown[]
} {
  const seen: unknown[] = []
  const handler = createMcpHandler(({ authInfo }) => {
    seen.push(authInfo)
    const server = new McpServer({ name: 'notes', version: '1.0.0' })
    for (const name of ['read-note', 'purge-notes', 'purge-all']) {
      server.registerTool(name, { description: name }, async (extra) => ({
        content: [{ type: 'text', text: JSON.stringify({ identity: getIdentity(), extra: extra.authInfo }) }],
      }))
    }
    server.registerPrompt('greet', {}, async () => ({ messages: [] }))
    server.registerPrompt('admin', {}, async () => ({ messages: [] }))
    for (const uri of ['note://open/1', 'note://secret/1']) {
      server.registerResource(uri, uri, {}, async () => ({ contents: [{ uri, text: uri }] }))
    }
    return server
  }, options)
  return { handler, seen }
}

/** A 2025-era POST. */
export function post(
  body: unknown,
  headers: Record<string, string> = {},
  url = 'http://localhost/mcp',
): Request {
  return new Request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

export const message = (method: string, params: unknown = {}, id: unknown = 1): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** A 2026-07-28 POST. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Request {
  const name = params.name ?? params.uri
  return post(message(method, { ...params, _meta: ENVELOPE }), {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' && { 'mcp-name': name }),
    ...headers,
  })
}
