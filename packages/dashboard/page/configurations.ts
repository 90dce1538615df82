import type { Discovered } from './server.ts'

type ServerInfo = Discovered['info']

/** How a client is told of the server. */
export interface Configuration {
  client: string
  where: string
  text: string
  /** Opens the client, which asks whether to add the server. */
  link?: string
}

const TOKEN = 'Bearer YOUR_TOKEN'

/** Configurations for common clients. They never contain a token. */
export function configurations(info: ServerInfo, url: string, hasToken: boolean): Configuration[] {
  const name = String(info.name ?? '').replace(/[^\w-]+/g, '-') || 'server'
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
      link: `vscode:mcp/install?${encodeURIComponent(JSON.stringify({ name, type: 'http', url, ...headers }))}`,
    },
    {
      client: 'Cursor',
      where: 'In .cursor/mcp.json:',
      text: json({ mcpServers: { [name]: { url, ...headers } } }),
      link: `cursor://anysphere.cursor-deeplink/mcp/install?name=${name}&config=${encodeURIComponent(btoa(JSON.stringify({ url, ...headers })))}`,
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
      client: 'Windsurf',
      where: 'In ~/.codeium/windsurf/mcp_config.json:',
      text: json({ mcpServers: { [name]: { serverUrl: url, ...headers } } }),
    },
    {
      client: 'Goose',
      where: 'In ~/.config/goose/config.yaml, below extensions:',
      text: [
        `${name}:`,
        '  enabled: true',
        '  type: streamable_http',
        `  name: ${name}`,
        `  uri: ${JSON.stringify(url)}`,
        ...(hasToken ? ['  headers:', `    Authorization: ${TOKEN}`] : []),
        '  timeout: 300',
      ].join('\n'),
      link: `goose://extension?type=streamable_http&url=${encodeURIComponent(url)}&id=${name}&name=${name}`,
    },
    {
      client: 'server.json',
      where: 'For the MCP registry; put your own namespace before the slash:',
      text: json(serverJson(name, info, url, hasToken)),
    },
    {
      client: 'curl',
      where: 'In a terminal:',
      text: curl(url, hasToken),
    },
  ]
}

function serverJson(name: string, info: ServerInfo, url: string, hasToken: boolean): object {
  const header = { name: 'Authorization', description: 'Bearer token', isRequired: true, isSecret: true }
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: `com.example/${name}`,
    ...(info.title && { title: String(info.title) }),
    description: String(info.description ?? info.title ?? name).slice(0, 100),
    version: String(info.version ?? '1.0.0'),
    remotes: [{ type: 'streamable-http', url, ...(hasToken && { headers: [header] }) }],
  }
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
