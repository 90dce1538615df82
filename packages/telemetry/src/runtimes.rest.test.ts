import { execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { inModules, loadMiniflare } from '@portico-example/testing/runtimes'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { call, message, post } from './testing/requests.ts'

// outside of the workspace, where no @opentelemetry/api can be found
const directory = mkdtempSync(join(tmpdir(), 'portico-telemetry-'))
const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
cpSync(inPackage('src'), join(directory, 'alone'), { recursive: true })

type Served = 'observed' | 'registered'

async function bundle(served: Served, conditions: string[]): Promise<string> {
  const outfile = join(directory, `${served}-${conditions.join('-')}.mjs`)
  await build({
    entryPoints: [inPackage(`src/testing/serve-${served}.ts`)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: conditions.includes('node') ? 'node' : 'browser',
    mainFields: ['main'],
    conditions,
    logLevel: 'error',
    external: ['node:*', 'async_hooks', 'events', 'cloudflare:workers'],
    alias: {
      // a bundler, too, has to do without the api
      '@portico-mcp/telemetry':
        served === 'observed' ? join(directory, 'alone/index.ts') : inPackage('src/index.ts'),
      '@portico-mcp/core/internal': inPackage('../core/src/internal.ts'),
      '@portico-mcp/core': inPackage('../core/src/index.ts'),
    },
    // the SDK is CommonJS, and requires what the runtimes have of Node
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire('file:///server.mjs');`,
    },
  })
  return outfile
}

const binary =
  (path: string, argsFor: (file: string, port: number) => string[]) =>
  async (served: Served, port: number) => {
    const file = await bundle(served, ['import', 'node'])
    const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' }
    const child = spawn(inModules(path), argsFor(file, port), { env, stdio: 'ignore' })
    return () => child.kill('SIGKILL')
  }

async function workerd(served: Served, port: number): Promise<() => unknown> {
  const { Miniflare } = await loadMiniflare()
  const file = await bundle(served, ['workerd', 'worker'])
  const worker = new Miniflare({
    modulesRoot: directory,
    modules: [
      { type: 'ESModule', path: join(directory, 'server.mjs'), contents: readFileSync(file, 'utf8') },
    ],
    cf: false,
    host: '127.0.0.1',
    port,
    compatibilityDate: '2026-04-26',
    compatibilityFlags: ['nodejs_compat', 'enable_request_signal'],
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
      '--allow-env',
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

it('serves without the api on Node', async () => {
  const file = await bundle('observed', ['import', 'node'])
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(call('work')),
  }
  const script = `
    import handler from ${JSON.stringify(file)}
    const missing = await import('@opentelemetry/api').catch(({ code }) => code)
    const response = await handler.fetch(new Request('http://localhost/mcp', ${JSON.stringify(init)}))
    console.log(JSON.stringify([missing, response.status, await response.json()]))`
  const options = { cwd: directory }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', script],
    options,
  )
  const result = { content: [{ type: 'text', text: 'done' }] }
  expect(JSON.parse(stdout)).toEqual(['ERR_MODULE_NOT_FOUND', 200, { jsonrpc: '2.0', id: 1, result }])
})

for (const { name, path, start } of runtimes) {
  describe.skipIf(!existsSync(inModules(path)) && !process.env.CI)(`on ${name}`, () => {
    const stops: (() => unknown)[] = []
    const origins: Record<string, string> = {}

    beforeAll(async () => {
      for (const served of ['observed', 'registered'] as const) {
        const port = await freePort()
        const origin = `http://127.0.0.1:${port}`
        stops.push(await start(served, port))
        await vi.waitFor(() => fetch(origin), { timeout: 20_000 })
        origins[served] = origin
      }
    }, 60_000)
    afterAll(() => Promise.all(stops.map((stop) => stop())))

    const send = (served: Served, body: object) => fetch(new Request(`${origins[served]}/mcp`, post(body)))

    it('serves without the api', async () => {
      for (const body of [message('ping'), call('work')]) {
        expect(await (await send('observed', body)).json()).toHaveProperty('result')
      }
    })

    it('writes spans, the parents of what tools do', async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
      const traceparent = `00-${traceId}-00f067aa0ba902b7-01`
      expect(await (await send('registered', call('work', {}, { traceparent }))).json()).toHaveProperty(
        'result',
      )
      const spans = (await (await fetch(`${origins.registered}/spans`)).json()) as any[]
      const span = spans.find((one) => one.name === 'tools/call work')
      expect(span).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7' })
      expect(spans.find((one) => one.name === 'inside')).toMatchObject({ traceId, parentSpanId: span.spanId })
    })
  })
}
