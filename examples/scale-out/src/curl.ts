/** Commands that open a session, call a tool in it three times, and end it, each through another node. */
export function scaleOutCurl(url: string): string {
  const initialize = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'curl', version: '1.0.0' },
  }
  return `session=$(${post(url, 'initialize', initialize)} -o /dev/null -D - | tr -d '\\r' | sed -n 's/^mcp-session-id: //Ip')
for call in 1 2 3; do
  ${post(url, 'tools/call', { name: 'greet' })} -H "Mcp-Session-Id: $session"; echo
done
curl -sS ${url} -X DELETE -H "Mcp-Session-Id: $session"`
}

const post = (url: string, method: string, params: object): string =>
  `curl -sS ${url} -H 'Content-Type: application/json' -d '${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}'`
