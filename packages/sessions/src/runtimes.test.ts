import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

const directory = mkdtempSync(join(tmpdir(), 'portico-sessions-'))
const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

async function bundle(name: string, conditions: string[]): Promise<string> {
  const outfile = join(directory, `${name}.mjs`)
  await build({
    entryPoints: [inPackage('src/testing/serve.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions,
    alias: {
      '@portico-mcp/core/serving': inPackage('../core/src/serving.ts'),
      '@portico-mcp/core': inPackage('../core/src/index.ts'),
    },
  })
  return outfile
}

const binary = (path: string, argsFor: (file: string, port: number) => string[]) => async (port: number) => {
  const file = await bundle('server', ['import'])
  const env = { ...process.env, PORT: String(port) }
  const child = spawn(inPackage(`node_modules/${path}`), argsFor(file, port), { env, stdio: 'ignore' })
  return () => child.kill('SIGKILL')
}

async function workerd(port: number): Promise<() => unknown> {
  const { Miniflare } = await import('miniflare')
  const worker = new Miniflare({
    modules: true,
    script: readFileSync(await bundle('worker', ['workerd', 'worker']), 'utf8'),
    cf: false,
    host: '127.0.0.1',
    port,
    compatibilityDate: '2026-04-26',
    handleRuntimeStdio(stdout, stderr) {
      stdout.resume()
      stderr.resume()
    },
  })
  await worker.ready
  return () => worker.dispose()
}

const serve = (file: string, port: number) => [
  'serve',
  '--host',
  '127.0.0.1',
  '--port',
  String(port),
  '--no-check',
  file,
]

const runtimes = [
  { name: 'workerd', path: 'miniflare/package.json', start: workerd },
  { name: 'Deno', path: 'deno/deno', start: binary('deno/deno', serve) },
  { name: 'Bun', path: 'bun/bin/bun.exe', start: binary('bun/bin/bun.exe', (file) => ['run', file]) },
]

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

afterAll(() => rmSync(directory, { recursive: true, force: true }))

for (const { name, path, start } of runtimes) {
  describe.skipIf(!existsSync(inPackage(`node_modules/${path}`)) && !process.env.CI)(`on ${name}`, () => {
    let stop: () => unknown
    let origin: string

    beforeAll(async () => {
      const port = await freePort()
      origin = `http://127.0.0.1:${port}`
      stop = await start(port)
      await vi.waitFor(() => fetch(origin), { timeout: 20_000 })
    }, 30_000)
    afterAll(() => stop?.())

    it.each(['stored', 'sealed'])('sessions that are %s know their client, and ask it', async (kind) => {
      const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
      client.setRequestHandler(ElicitRequestSchema, async () => ({
        action: 'accept',
        content: { name: 'Ada' },
      }))
      const transport = new StreamableHTTPClientTransport(new URL(`${origin}/${kind}`))
      await client.connect(transport)
      const [{ text }] = (await client.callTool({ name: 'who' })).content as [{ text: string }]
      expect(JSON.parse(text)[0]).toBe('Ann')
      let changes = 0
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
      await vi.waitFor(async () => {
        await client.callTool({ name: 'announce' })
        expect(changes).toBeGreaterThan(0)
      })
      const { content } = await client.callTool({ name: 'ask' }, undefined, { timeout: 5000 })
      expect(content).toEqual([{ type: 'text', text: 'Ada' }])
      await transport.terminateSession()
      await client.close()
    })
  })
}
