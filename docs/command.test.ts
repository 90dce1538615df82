import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

const page = readFileSync(new URL('21-command.md', import.meta.url), 'utf8')
const commands = [...page.matchAll(/^npx @portico-mcp\/server (.*)$/gm)].map(([, line]) => line!)
const files = [...page.matchAll(/^`([\w.]+)`\n\n```json\n([\s\S]*?)^```/gm)]

const resolve = createRequire(import.meta.url).resolve
const main = fileURLToPath(new URL('../packages/server/dist/main.js', import.meta.url))
const everything = join(
  dirname(resolve('@modelcontextprotocol/server-everything/package.json')),
  'dist/index.js',
)

const remote = createServer(
  toNodeHandler(createMcpHandler(() => new McpServer({ name: 'remote', version: '1.0.0' }))),
)
let folder: string
let child: ChildProcess | undefined

/** Replaces what a reader has elsewhere: a package that npx fetches, and a server of another host. */
const local = (text: string): string =>
  text
    .replace('"command": "npx"', '"command": "node"')
    .replace('"-y", "@modelcontextprotocol/server-everything"', JSON.stringify(everything))
    .replace('npx -y @modelcontextprotocol/server-everything', `node ${everything}`)
    .replace('https://example.com', `http://127.0.0.1:${(remote.address() as AddressInfo).port}`)

beforeAll(async () => {
  remote.listen(0, '127.0.0.1')
  await once(remote, 'listening')
  folder = mkdtempSync(join(tmpdir(), 'portico-docs-'))
  symlinkSync(fileURLToPath(new URL('node_modules', import.meta.url)), join(folder, 'node_modules'))
  for (const [, name, content] of files) writeFileSync(join(folder, name!), local(content!))
  const module = `import { McpServer } from '@portico-mcp/core'
    export const createServer = () => new McpServer({ name: 'own', version: '1.0.0' })`
  writeFileSync(join(folder, 'server.mjs'), module)
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  writeFileSync(join(folder, 'key.pem'), key)
  writeFileSync(join(folder, 'cert.pem'), cert)
})
afterEach(() => void child?.kill('SIGTERM'))
afterAll(() => {
  remote.close().closeAllConnections()
  rmSync(folder, { recursive: true })
})

/** Runs a command of the page, and resolves to what it prints once it serves. */
async function run(line: string): Promise<string> {
  child = spawn(process.execPath, [main, ...local(line).split(' ')], {
    cwd: folder,
    env: { ...process.env, PORT: '0', GITHUB_TOKEN: 's3cret' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      printed += chunk
    })
  }
  await expect.poll(() => printed, { timeout: 60_000 }).toMatch(/MCP at \S+\n/)
  return printed
}

describe('the page about the command', () => {
  it('has commands and files', () => {
    expect(commands.length).toBeGreaterThanOrEqual(7)
    expect(files.map(([, name]) => name)).toEqual(['mcp.json', 'servers.json'])
  })

  it.each(commands)('portico-server %s', async (line) => {
    const printed = await run(line)
    expect(printed).not.toContain('s3cret')
    const [, url] = /MCP at (\S+)\n/.exec(printed) ?? []
    // the certificate is one of this test
    if (line.includes('--tls-cert')) return expect(url).toMatch(/^https:/)
    const response = await fetch(url!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
      }),
    })
    if (!line.includes('--issuer')) return expect(response.status).toBe(200)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('https://mcp.example.com/')
  })
})
