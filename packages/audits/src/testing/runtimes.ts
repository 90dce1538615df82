import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { temporaryDirectory } from './temporary-directory.ts'

/** A runtime that can serve the fixture as a process of its own. */
export interface Runtime {
  name: string
  /** Whether it is installed. */
  installed: boolean
  /** Serves the fixture on a port, until it is stopped. */
  start(port: number): Promise<() => Promise<void>>
}

const directory = temporaryDirectory()
const audits = new URL('../../', import.meta.url)

/** The runtimes that Portico runs on. */
export const RUNTIMES: readonly Runtime[] = [
  {
    name: 'workerd',
    installed: existsSync(inModules('miniflare/package.json')),
    start: startWorkerd,
  },
  onPath('Deno', 'deno/deno', 'serve-fixture.ts', (file, port) => [
    'serve',
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--no-check',
    '--quiet',
    file,
  ]),
  onPath('Bun', 'bun/bin/bun.exe', 'serve-fixture.ts', (file) => ['run', file]),
  onPath('Node 22', 'node-22/bin/node', 'serve-on-node.ts', (file) => [file]),
  onPath('Node 24', 'node-24/bin/node', 'serve-on-node.ts', (file) => [file]),
]

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function onPath(
  name: string,
  binary: string,
  entry: string,
  argsFor: (file: string, port: number) => string[],
): Runtime {
  const path = inModules(binary)
  return {
    name,
    installed: existsSync(path),
    start: async (port) => {
      const file = await bundle(entry, 'node')
      const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1', NODE_ENV: 'production' }
      const child = spawn(path, argsFor(file, port), { env, stdio: ['ignore', 'ignore', 'inherit'] })
      const kill = (): void => void child.kill('SIGKILL')
      process.once('exit', kill)
      await reachable(port, child)
      return async () => {
        process.off('exit', kill)
        kill()
      }
    },
  }
}

async function startWorkerd(port: number): Promise<() => Promise<void>> {
  const { Miniflare } = await import('miniflare')
  const script = readFileSync(await bundle('serve-fixture.ts', 'worker'), 'utf8')
  const worker = new Miniflare({
    modules: true,
    script,
    cf: false,
    host: '127.0.0.1',
    port,
    // from 2024-10-14 on, one request may write to the stream that another one opened
    compatibilityDate: '2026-04-26',
    // without it a handler is never told that a client has left
    compatibilityFlags: ['enable_request_signal'],
  })
  await worker.ready
  return () => worker.dispose()
}

async function bundle(entry: string, platform: 'node' | 'worker'): Promise<string> {
  const outfile = `${directory}/${platform}-${entry.replace(/\.ts$/, '.mjs')}`
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    alias: {
      '@portico-mcp/core/internal': fileURLToPath(new URL('../core/src/internal.ts', audits)),
      '@portico-mcp/core': fileURLToPath(new URL('../core/src/index.ts', audits)),
      '@portico-mcp/node': fileURLToPath(new URL('../node/src/index.ts', audits)),
    },
    ...(platform === 'node'
      ? { platform: 'node' }
      : {
          platform: 'browser',
          conditions: ['workerd', 'worker', 'browser'],
          external: ['cloudflare:workers'],
        }),
  })
  return outfile
}

async function reachable(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 20_000
  while (Date.now() < deadline && child.exitCode === null) {
    const answered = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Nobody listens on ${port}; the process ${child.exitCode === null ? 'runs' : 'has ended'}`)
}

function inModules(path: string): string {
  return fileURLToPath(new URL(`node_modules/${path}`, audits))
}
