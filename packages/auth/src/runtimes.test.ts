import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bearer, message, post } from './testing/notes.ts'

const directory = mkdtempSync(join(tmpdir(), 'portico-auth-'))
const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

async function bundle(name: string, conditions: string[]): Promise<string> {
  const outfile = join(directory, `${name}.mjs`)
  await build({
    entryPoints: [inPackage('src/testing/serve-gated.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions,
    external: ['node:async_hooks'],
    alias: {
      '@portico-mcp/auth': inPackage('src/index.ts'),
      '@portico-mcp/core': inPackage('../core/src/index.ts'),
      '@portico-mcp/guard': inPackage('../guard/src/index.ts'),
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

const reasonOf = async (response: Response) => ((await response.json()) as any).error.data.reason

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
    let token: string

    beforeAll(async () => {
      const port = await freePort()
      origin = `http://127.0.0.1:${port}`
      stop = await start(port)
      await vi.waitFor(() => fetch(origin), { timeout: 20_000 })
      token = await (await fetch(`${origin}/token`)).text()
    }, 30_000)
    afterAll(() => stop?.())

    const call = (tool: string, headers = bearer(token)) =>
      fetch(post(message('tools/call', { name: tool, arguments: {} }), headers, `${origin}/mcp`))

    it('lets a token through, and knows whose it is', async () => {
      expect(await (await call('whoami')).json()).toMatchObject({ result: { content: [{ text: 'ann' }] } })
    })

    it('challenges what comes without, or with too few scopes', async () => {
      const metadata = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'
      const stranger = await call('whoami', {})
      expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, `Bearer ${metadata}`])
      expect((await call('purge')).status).toBe(403)
    })

    it('hides what may not be called, and serves its metadata', async () => {
      const list = await fetch(post(message('tools/list'), bearer(token), `${origin}/mcp`))
      const { result } = (await list.json()) as { result: { tools: { name: string }[] } }
      expect(result.tools.map(({ name }) => name)).toEqual(['whoami'])
      const document = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)
      expect(await document.json()).toMatchObject({ resource: 'https://mcp.example.com/mcp' })
    })

    it('guards hosts and origins, answers preflights, and reads a body past a trusted proxy', async () => {
      const origins = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }
      const preflight = await fetch(`${origin}/mcp`, { method: 'OPTIONS', headers: origins })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
        204,
        origins.origin,
      ])
      const stranger = await call('whoami', { ...bearer(token), origin: 'https://evil.example' })
      expect([stranger.status, await reasonOf(stranger)]).toEqual([403, 'origin-not-allowed'])
      const rebound = await call('whoami', { ...bearer(token), 'x-forwarded-host': 'evil.example' })
      expect([rebound.status, await reasonOf(rebound)]).toEqual([403, 'host-not-allowed'])
      const proxied = { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' }
      expect((await call('whoami', { ...bearer(token), ...proxied })).status).toBe(200)
    })

    it('limits the rate', async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => call('whoami')))
      const refused = answers.find(({ status }) => status === 429)
      expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
      expect(await reasonOf(refused!)).toBe('rate-limited')
    })
  })
}
