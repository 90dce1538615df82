import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from './redis.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

/** A node or a worker of the chaos test, which is killed and started again. */
export class ChaosProcess {
  readonly role: 'node' | 'worker'
  readonly #redisUrl: string
  readonly port: number
  #child: ChildProcess | undefined
  isReady = false

  constructor(role: 'node' | 'worker', redisUrl: string, port: number) {
    this.role = role
    this.#redisUrl = redisUrl
    this.port = port
  }

  static async start(role: 'node' | 'worker', redisUrl: string): Promise<ChaosProcess> {
    const started = new ChaosProcess(role, redisUrl, await freePort())
    await started.start()
    return started
  }

  async start(): Promise<void> {
    const settings = [this.role, String(this.port), this.#redisUrl]
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/testing/chaos-main.ts', ...settings], {
      cwd: PACKAGE,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data')
    this.isReady = true
  }

  async kill(): Promise<void> {
    this.isReady = false
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}
