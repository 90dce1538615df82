import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { closeServers, json, startApi } from './testing/api.ts'

const directory = mkdtempSync(join(tmpdir(), 'portico-tools-'))
const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

async function bundle(name: string, conditions: string[]): Promise<string> {
  const outfile = join(directory, `${name}.mjs`)
  await build({
    entryPoints: [inPackage('src/testing/serve-tools.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions,
    external: ['node:async_hooks'],
    alias: {
      '@portico-mcp/tools': inPackage('src/index.ts'),
      '@portico-mcp/auth': inPackage('../auth/src/index.ts'),
      '@portico-mcp/core': inPackage('../core/src/index.ts'),
    },
  })
  return outfile
}

const binary = (path: string, argsFor: (file: string, port: number) => string[]) => async (port: number) => {
  const file = await bundle('server', ['import'])
  const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' }
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
    compatibilityFlags: ['nodejs_als', 'enable_request_signal'],
  })
  await worker.ready
  return () => worker.dispose()
}

const runtimes = [
  { name: 'workerd', path: 'miniflare/package.json', start: workerd },
  {
    name: 'Deno',
    path: 'deno/deno',
    start: binary('deno/deno', (file, port) => [
      'serve',
      '--allow-net',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--no-check',
      file,
    ]),
  },
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
    let api: Awaited<ReturnType<typeof startApi>>

    beforeAll(async () => {
      const port = await freePort()
      origin = `http://127.0.0.1:${port}`
      api = await startApi(({ url, headers }) => json({ url, caller: headers.authorization }))
      stop = await start(port)
      await vi.waitFor(() => fetch(origin), { timeout: 20_000 })
    }, 30_000)
    afterAll(async () => {
      await stop?.()
      closeServers()
    })

    const ask = async (method: string, params: object = {}): Promise<any> => {
      const headers = {
        'content-type': 'application/json',
        authorization: 'Bearer of-ann',
        'x-api': api.origin,
      }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      return ((await (await fetch(`${origin}/mcp`, { method: 'POST', headers, body })).json()) as any).result
    }
    const call = async (name: string, args: object) =>
      (await ask('tools/call', { name, arguments: args })).content[0].text

    it('calls its API for the caller, from tools of both schemas', async () => {
      expect(JSON.parse(await call('find', { id: 'n-1' }))).toEqual({
        url: '/api/notes/n-1',
        caller: 'Bearer of-ann',
      })
      expect(JSON.parse(await call('get-note', { id: 'a/b' }))).toEqual({
        url: '/api/notes/a%2Fb',
        caller: 'Bearer of-ann',
      })
    })

    it('checks arguments without compiling code', async () => {
      expect(await call('find', { id: 'x' })).toMatch(/pattern/)
      expect(await call('find', {})).toMatch(/required/)
    })

    it('lists what may be called, and calls it', async () => {
      const { tools } = await ask('tools/list')
      expect(tools.map(({ name }: any) => name)).toEqual(['find', 'open', 'get-note'])
      expect(JSON.parse(await call('open', { n: 1 }))).toEqual({ n: 1, userId: 'ann' })
      expect(await call('closed', {})).toMatch(/requires the scope/)
    })
  })
}
