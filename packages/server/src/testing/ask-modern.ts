const PREFIX = 'io.modelcontextprotocol/'

/** The params of a request, of which one is repeated in `Mcp-Name`. */
export type NamedParams = Record<string, unknown> & { name?: string; taskId?: string }

/** Sends a request as a 2026-07-28 client that can handle tasks and be asked. Resolves with the result. */
export async function askModern(url: string, method: string, params: NamedParams): Promise<any> {
  const _meta = {
    [`${PREFIX}protocolVersion`]: '2026-07-28',
    [`${PREFIX}clientCapabilities`]: { elicitation: {}, extensions: { [`${PREFIX}tasks`]: {} } },
  }
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': params.name ?? params.taskId ?? '',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } }),
  })
  return ((await response.json()) as { result: unknown }).result
}
