const call = { name: 'add-note', arguments: { text: 'Try Portico' } }

/** A command that calls a tool the way a 2026-07-28 client does. */
export function modernCurl(url: string): string {
  const headers = { 'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': 'tools/call', 'Mcp-Name': call.name }
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return curl(url, headers, { ...call, _meta })
}

/** A command that calls a tool the way a 2025-era client does. */
export function legacyCurl(url: string): string {
  return curl(url, { 'MCP-Protocol-Version': '2025-11-25' }, call)
}

function curl(url: string, headers: Record<string, string>, params: object): string {
  const lines = Object.entries({ 'Content-Type': 'application/json', ...headers }).map(
    ([name, value]) => `  -H '${name}: ${value}'`,
  )
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  return [`curl -sS ${url}`, ...lines, `  -d '${body}'`].join(' \\\n')
}
