import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { Miniflare, type MiniflareOptions, type WorkerOptions } from 'miniflare'

const packages = new URL('../../../', import.meta.url)
const source = (path: string): string => fileURLToPath(new URL(path, packages))

/** Bundles a Worker as wrangler does. */
export async function bundleWorker(entry: URL, alias: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:workers', 'node:*'],
    logLevel: 'error',
    alias: {
      '@portico-mcp/core/internal': source('core/src/internal.ts'),
      '@portico-mcp/core': source('core/src/index.ts'),
      '@portico-mcp/guard': source('guard/src/index.ts'),
      '@portico-mcp/tasks/contract': source('tasks/src/contract/index.ts'),
      '@portico-mcp/tasks': source('tasks/src/index.ts'),
      '@portico-mcp/auth': source('auth/src/index.ts'),
      '@portico-mcp/oauth': source('oauth/src/index.ts'),
      '@portico-mcp/sessions': source('sessions/src/index.ts'),
      '#wait-until': source('cloudflare/src/client/wait-until.workerd.ts'),
      '@portico-mcp/cloudflare': source('cloudflare/src/index.ts'),
      ...alias,
    },
  })
  return outputFiles[0]?.text ?? ''
}

/** The names of the Workers: two isolates that share the objects of a third one. */
export const ISOLATES = ['one', 'two'] as const
export type Isolate = (typeof ISOLATES)[number]

/**
 * Two Workers with the same code, each in its own isolate, whose objects are in a third one and on the disk. The test
 * worker of the objects restarts an object that is asked for `/restart`.
 */
export class Isolates {
  readonly #script: string
  readonly #objects: string
  readonly #directory: string
  readonly #ports: Record<Isolate, number>
  readonly #options: Partial<WorkerOptions>
  #miniflare: Miniflare | undefined

  private constructor(
    script: string,
    objects: string,
    directory: string,
    ports: Record<Isolate, number>,
    options: Partial<WorkerOptions>,
  ) {
    this.#script = script
    this.#objects = objects
    this.#directory = directory
    this.#ports = ports
    this.#options = options
  }

  /** @param entry - The Worker of both isolates. */
  static async start(entry: URL, options: Partial<WorkerOptions> = {}): Promise<Isolates> {
    const [script, objects, directory, one, two] = await Promise.all([
      bundleWorker(entry),
      bundleWorker(new URL('objects-worker.ts', import.meta.url)),
      mkdtemp(join(tmpdir(), 'portico-cloudflare-')),
      freePort(),
      freePort(),
    ])
    const isolates = new Isolates(script, objects, directory, { one, two }, options)
    await isolates.#start()
    return isolates
  }

  /** Where an isolate is served. */
  url(isolate: Isolate, path = '/mcp'): string {
    return `http://127.0.0.1:${this.#ports[isolate]}${path}`
  }

  /** Sends a request to an isolate, without a socket. */
  async worker(isolate: Isolate): ReturnType<Miniflare['getWorker']> {
    return this.#running.getWorker(isolate)
  }

  /** Ends workerd, and starts it again with what is on the disk. */
  async restart(): Promise<void> {
    await this.#running.dispose()
    await this.#start()
  }

  /** Throws all objects out of memory that are there. Their WebSockets break. */
  async restartObjects(): Promise<void> {
    const objects = await this.#running.getWorker('objects')
    const { count } = (await (await objects.fetch('http://objects/restart')).json()) as { count: number }
    if (count === 0) throw new Error('No object was in memory')
  }

  async stop(): Promise<void> {
    await this.#miniflare?.dispose()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  get #running(): Miniflare {
    if (!this.#miniflare) throw new Error('The isolates are not started')
    return this.#miniflare
  }

  async #start(): Promise<void> {
    const shared = { modules: true, compatibilityDate: '2026-04-26' }
    const bind = (className: string) => ({ className, scriptName: 'objects', useSQLite: true })
    const options: MiniflareOptions = {
      cf: false,
      durableObjectsPersist: this.#directory,
      handleRuntimeStdio(stdout, stderr) {
        if (process.env.SHOW_WORKERD) {
          stdout.pipe(process.stdout)
          stderr.pipe(process.stderr)
        } else {
          stdout.resume()
          stderr.resume()
        }
      },
      workers: [
        {
          ...shared,
          name: 'objects',
          script: this.#objects,
          durableObjects: {
            PORTICO: { className: 'RestartableObject', useSQLite: true },
            LOST: { className: 'LostObject', useSQLite: true },
          },
        },
        ...ISOLATES.map(
          (name): WorkerOptions => ({
            ...shared,
            compatibilityFlags: ['enable_request_signal'],
            name,
            script: this.#script,
            durableObjects: { PORTICO: bind('RestartableObject'), LOST: bind('LostObject') },
            unsafeDirectSockets: [{ host: '127.0.0.1', port: this.#ports[name] }],
            ...(this.#options as object),
          }),
        ),
      ],
    }
    this.#miniflare = new Miniflare(options)
    await this.#miniflare.ready
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
