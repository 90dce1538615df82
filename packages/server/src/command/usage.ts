/** What `portico-server --help` prints: it fits a screen. */
export const USAGE = `Usage: portico-server <module> [options]
       portico-server [options] -- <command> [arguments]
       portico-server <url or file.json> [options]

Serves an MCP server over HTTP to clients of 2026-07-28 and of 2025-era revisions, guarded, with a dashboard.

  portico-server ./server.ts                 what a module exports: a function that builds a server, its class,
                                             { name, version, setup }, or a handler with fetch
  portico-server -- npx -y some-mcp-server   a program that speaks MCP over stdin and stdout
  portico-server https://example.com/mcp     a server elsewhere, which gets no tokens of your clients
  portico-server mcp.json                    every server of "mcpServers", at /mcp/<name>, listed at /

Options:
  --port, -p <port>      where to listen, 0 for any (default: the variable PORT, or else 3001)
  --host <host>          the address to listen on (default: 127.0.0.1)
  --path <path>          the path of the endpoint (default: /mcp)
  --export, -e <name>    the export of the module (default: its default export, or one like createServer)
  --stdio                serve over stdin and stdout instead, for a host that launches a process
  --sessions             give 2025-era clients sessions; --stateless gives them none (default for modules)
  --watch, -w            start again when the module, what it imports, or the file of servers changes
  --log                  log requests, as JSON lines on stdout
  --version, --help

Of a command or URL:
  --env <NAME[=value]>   pass a variable to the command, repeatable; it gets PATH, HOME and the like besides
  --cwd <folder>         the folder that the command runs in
  --share <whose>        who shares a process outside of sessions: none, caller (default) or all
  --header <name: value> send a header to the URL, repeatable; \${NAME} in it is the value of a variable

To serve more than this machine:
  --public-url <url>     the URL of clients
  --trust-proxy <ip>     the proxy whose forwarded headers count, repeatable
  --issuer <url>         require a token of this authorization server, repeatable; --scope <scope> that it has
  --tls-cert, --tls-key  files in PEM, to serve HTTPS

Exit codes: 0 if it was told to stop, 1 if it cannot serve, 2 if the command line is invalid.`
