// The server over standard input and output that stdio-main.ts measures behind each gateway.
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { buildEcho } from './stdio-echo.ts'

await buildEcho().connect(new StdioServerTransport())
