import { createMcpHandler, McpServer } from '@portico-mcp/core'

export const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

type Pairs = Record<string, string> | [string, string][]

/** A ping, posted with these headers. */
export const ping = (headers: Pairs = {}, url = 'http://localhost/mcp', method = 'POST'): Request =>
  new Request(url, {
    method,
    headers: [
      ['content-type', 'application/json'],
      ...(Array.isArray(headers) ? headers : Object.entries(headers)),
    ],
    ...(method === 'POST' && { body: JSON.stringify(PING) }),
  })

export const mcp = () => createMcpHandler(() => new McpServer({ name: 'tested', version: '1' }))

/** What a refusal says. */
export async function refusalIn(response: Response): Promise<any> {
  const body: any = await response.json()
  return { status: response.status, ...body.error?.data }
}
