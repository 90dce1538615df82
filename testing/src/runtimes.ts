import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'
import { afterAll, beforeAll, describe, vi } from 'vitest'

/** A module with a fetch handler as its default export, served by itself. */
export interface ServedModule {
  entry: URL
  /** Sources of the packages that it imports, by name. */
  sources: Record<string, URL>
  external?: string[]
  /** What Deno lets it do. */
  permissions?: string[]
  /** What workerd gives it besides the standard. */
  compatibilityFlags?: string[]
}

interface Runtime {
  name: string
  /** Where it is, if it is installed. */
  path: string
  start(module: ServedModule, directory: string, port: number): Promise<() => unknown>
}

/** Where a file of a runtime is. Only this package depends on runtimes, so that `npm start` installs none. */
export const inModules = (path: string): string =>
  fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))

/** Loads what starts workerd. */
export const loadMiniflare = (): Promise<typeof import('miniflare')> => import('miniflare')

const RUNTIMES: Runtime[] = [
  { name: 'workerd', path: inModules('miniflare/package.json'), start: startWorkerd },
  onPath('Deno', 'deno/deno', ({ permissions = [] }, file, port) => [
    'serve',
    ...permissions,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--no-check',
    file,
  ]),
  onPath('Bun', 'bun/bin/bun.exe', (_, file) => ['run', file]),
]

/**
 * Describes what a module does on workerd, Deno and Bun, each in a process of its own.
 *
 * @param tests - Told where the module is served, once it is.
 */
export function describeRuntimes(module: ServedModule, tests: (origin: () => string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), 'portico-runtimes-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  for (const { name, path, start } of RUNTIMES) {
    describe.skipIf(!existsSync(path) && !process.env.CI)(`on ${name}`, () => {
      let origin = ''
      let stop: () => unknown = () => {}
      beforeAll(async () => {
        const port = await freePort()
        origin = `http://127.0.0.1:${port}`
        stop = await start(module, directory, port)
        await vi.waitFor(() => fetch(origin), { timeout: 20_000 })
      })
      afterAll(() => stop())
      tests(() => origin)
    })
  }
}

function onPath(
  name: string,
  binary: string,
  argsFor: (module: ServedModule, file: string, port: number) => string[],
): Runtime {
  const path = inModules(binary)
  return {
    name,
    path,
    start: async (module, directory, port) => {
      const file = await bundle(module, directory, 'server', ['import'])
      const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' }
      const child: ChildProcess = spawn(path, argsFor(module, file, port), { env, stdio: 'ignore' })
      return () => child.kill('SIGKILL')
    },
  }
}

async function startWorkerd(module: ServedModule, directory: string, port: number): Promise<() => unknown> {
  const { Miniflare } = await loadMiniflare()
  const worker = new Miniflare({
    modules: true,
    script: readFileSync(await bundle(module, directory, 'worker', ['workerd', 'worker']), 'utf8'),
    cf: false,
    host: '127.0.0.1',
    port,
    compatibilityDate: '2026-04-26',
    compatibilityFlags: module.compatibilityFlags ?? [],
    handleRuntimeStdio(stdout, stderr) {
      stdout.resume()
      stderr.resume()
    },
  })
  await worker.ready
  return () => worker.dispose()
}

async function bundle(
  { entry, sources, external = [] }: ServedModule,
  directory: string,
  name: string,
  conditions: string[],
): Promise<string> {
  const outfile = join(directory, `${name}.mjs`)
  const alias = Object.fromEntries(Object.entries(sources).map(([name, url]) => [name, fileURLToPath(url)]))
  const options: BuildOptions = {
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions,
    external: [...external, 'cloudflare:workers'],
    alias,
  }
  await build(options)
  return outfile
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
