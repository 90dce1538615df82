import type { FetchHandler } from '@portico-mcp/core'

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
