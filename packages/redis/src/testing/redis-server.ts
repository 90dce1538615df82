import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { describe, vi } from 'vitest'

const installed = isInstalled()
if (!installed && !process.env.CI)
  console.warn('SKIPPED: redis-server is not installed (Debian: redis-server)')

/** Describes tests against a real server; they are skipped without one, and fail where `CI` is set. */
export const describeRedis: typeof describe.skip = installed || process.env.CI ? describe : describe.skip

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A port that nobody listens to. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** Starts servers that share the slots of a Cluster evenly. */
export async function startCluster(size: number, password: string): Promise<RedisServer[]> {
  const settings = async (): Promise<string[]> => [
    ...['--cluster-enabled', 'yes', '--masterauth', password],
    ...['--cluster-port', String(await freePort())],
  ]
  const servers: RedisServer[] = []
  for (let index = 0; index < size; index++) {
    const server = await RedisServer.start({ settings: await settings(), password })
    const [from, to] = [index, index + 1].map((part) => Math.floor((16_384 * part) / size)) as [
      number,
      number,
    ]
    await server.ask('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to - 1))
    await server.ask('CONFIG', 'SET', 'cluster-node-timeout', '2000')
    const [, busPort] = (await server.ask<string[]>('CONFIG', 'GET', 'cluster-port')) as string[]
    for (const other of servers) {
      await other.ask('CLUSTER', 'MEET', '127.0.0.1', String(server.port), String(busPort))
    }
    servers.push(server)
  }
  const whole = async (server: RedisServer): Promise<boolean> => {
    const info = await server.ask<string>('CLUSTER', 'INFO')
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`)
  }
  await vi.waitUntil(async () => (await Promise.all(servers.map(whole))).every(Boolean), { timeout: 20_000 })
  return servers
}

/** A Redis of this test alone, in memory. */
export class RedisServer {
  readonly port: number
  readonly #directory = mkdtempSync(join(tmpdir(), 'portico-redis-'))
  readonly #settings: string[]
  readonly #password: string
  #process: ChildProcess | undefined

  constructor(port: number, settings: string[], password: string) {
    this.port = port
    this.#settings = settings
    this.#password = password
  }

  static async start({ settings = [] as string[], password = '' } = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), settings, password)
    await server.start()
    return server
  }

  get url(): string {
    return `redis://${this.#password && `:${this.#password}@`}127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const password = this.#password ? ['--requirepass', this.#password] : []
    const settings = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    this.#process = spawn('redis-server', [...settings, ...password, ...this.#settings], {
      cwd: this.#directory,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      this.#process?.once('error', reject).once('exit', () => reject(new Error('redis-server ended')))
      this.#process?.stdout?.on('data', (text) => {
        if (String(text).includes('Ready to accept connections')) resolve()
      })
    })
  }

  /** Lets it hang: connections stay, answers do not come. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async kill(): Promise<void> {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }

  async stop(): Promise<void> {
    await this.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Asks it something, over a connection of its own. */
  async ask<Reply>(...command: string[]): Promise<Reply> {
    const client = await createClient({ url: this.url, RESP: 2 }).connect()
    try {
      return (await client.sendCommand(command)) as Reply
    } finally {
      client.destroy()
    }
  }
}
