// A process with children of a pool, which a test ends: it prints the ids of its children, once each has started.
import { createMcpHandler } from '@portico-mcp/core'
import { createStdioPool } from '../../dist/index.js'

// This child ignores the end of its input, and SIGTERM; it has a child of its own.
const stubborn = `
  process.on('SIGTERM', () => {})
  const { spawn } = await import('node:child_process')
  const inner = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'])
  setInterval(() => {}, 1000)
  process.stdin.on('data', (line) => {
    const { id } = JSON.parse(String(line).split('\\n')[0])
    const serverInfo = { name: [process.pid, inner.pid].join(), version: '1' }
    const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo }
    if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n')
  })`
const pool = createStdioPool({ command: process.execPath, args: ['--input-type=module', '-e', stubborn] })
const handler = createMcpHandler(() => pool.createServer())
const initialize = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'parent', version: '1' },
}
const response = await handler.fetch(
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize }),
  }),
)
const { result } = await response.json()
console.log(result.serverInfo.name)
if (process.argv[2] === 'exit') process.exit(0)
if (process.argv[2] === 'throw') throw new Error('It broke')
setInterval(() => {}, 1000)
