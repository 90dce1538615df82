/** How a client is told of the server. */
export interface Configuration {
  client: string
  where: string
  text: string
}

const TOKEN = 'Bearer YOUR_TOKEN'

/** What common clients want to be told; a token is never in it. */
export function configurations(serverName: string, url: string, hasToken: boolean): Configuration[] {
  const name = serverName.replace(/[^\w-]+/g, '-') || 'server'
  const headers = hasToken ? { headers: { Authorization: TOKEN } } : {}
  const json = (value: unknown): string => JSON.stringify(value, null, 2)
  const header = hasToken ? ` --header "Authorization: ${TOKEN}"` : ''
  return [
    {
      client: 'Claude Code',
      where: 'In a terminal:',
      text: `claude mcp add --transport http ${name} ${url}${header}`,
    },
    {
      client: 'VS Code',
      where: 'In .vscode/mcp.json:',
      text: json({ servers: { [name]: { type: 'http', url, ...headers } } }),
    },
    {
      client: 'Cursor',
      where: 'In .cursor/mcp.json:',
      text: json({ mcpServers: { [name]: { url, ...headers } } }),
    },
    {
      client: 'Claude Desktop',
      where: 'In claude_desktop_config.json, through mcp-remote:',
      text: json({
        mcpServers: {
          [name]: {
            command: 'npx',
            args: ['-y', 'mcp-remote', url, ...(hasToken ? ['--header', `Authorization: ${TOKEN}`] : [])],
          },
        },
      }),
    },
    {
      client: 'Codex',
      where: 'In ~/.codex/config.toml:',
      text: `[mcp_servers.${name}]\nurl = ${JSON.stringify(url)}${hasToken ? '\nbearer_token_env_var = "MCP_TOKEN"' : ''}`,
    },
    {
      client: 'Gemini CLI',
      where: 'In ~/.gemini/settings.json:',
      text: json({ mcpServers: { [name]: { httpUrl: url, ...headers } } }),
    },
    {
      client: 'curl',
      where: 'In a terminal:',
      text: curl(url, hasToken),
    },
  ]
}

function curl(url: string, hasToken: boolean): string {
  const body = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/list',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  }
  return [
    `curl -sS ${url}`,
    "  -H 'Content-Type: application/json'",
    "  -H 'Accept: application/json, text/event-stream'",
    "  -H 'MCP-Protocol-Version: 2026-07-28'",
    "  -H 'Mcp-Method: tools/list'",
    ...(hasToken ? [`  -H 'Authorization: ${TOKEN}'`] : []),
    `  -d '${JSON.stringify(body)}'`,
  ].join(' \\\n')
}
