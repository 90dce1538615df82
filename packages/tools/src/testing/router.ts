import { createMcpHandler, type FetchHandler, type McpServer } from '@portico-mcp/core'
import { type ApiHeaders, withApi } from '../index.ts'

/** The headers of a request as a Node framework shows them. */
interface Context {
  headers: Record<string, string | undefined>
}

/** Serves one call of a server, with the options that a router of a Node framework takes. */
export function createMcpRouter(
  server: McpServer,
  options: { apiBaseUrl?: string; getApiHeaders?: (ctx: Context) => ApiHeaders } = {},
): FetchHandler {
  const { apiBaseUrl, getApiHeaders } = options
  return withApi(
    createMcpHandler(() => server),
    {
      apiBaseUrl,
      getApiHeaders: ({ headers }) => getApiHeaders?.({ headers: Object.fromEntries(headers) }) ?? {},
    },
  )
}

/** Calls a tool as a 2025-era client does. */
export async function callTool(
  { fetch }: FetchHandler,
  name: string,
  args: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<any> {
  const params = { name, arguments: args }
  const response = await fetch(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
    }),
  )
  return ((await response.json()) as { result: unknown }).result
}
