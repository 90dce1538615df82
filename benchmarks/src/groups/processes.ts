import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Starts a process that ends with this one, and waits until it has printed that it is ready. */
export function startProcess(
  command: string,
  args: readonly string[],
  { ready, env }: { ready?: string; env?: Record<string, string> } = {},
): Promise<ChildProcess> {
  const stdio = ['ignore', ready === undefined ? 'ignore' : 'pipe', 'inherit'] as const
  const child = spawn(command, args, { stdio: [...stdio], env: { ...process.env, ...env } })
  process.once('exit', () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}`)))
    if (ready === undefined) child.once('spawn', () => resolve(child))
    else child.stdout!.on('data', (text) => String(text).includes(ready) && resolve(child))
  })
}

// Linux counts in hundredths of a second, whatever the clock of the kernel
const TICK_US = 10_000

/** Microseconds of CPU that another process has taken so far (Linux). */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // the name may have spaces and parentheses in it
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

/** Waits until something listens on a port. */
export async function waitForPort(port: number): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Nothing listens on port ${port}`)
}

/** A directory that is removed when this process ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'portico-bench-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Whether a command is on the path. */
export function isInstalled(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

/** Starts a Redis on a socket, and returns its URL. */
export async function startRedis(): Promise<string> {
  const socket = `${temporaryDirectory()}/redis.sock`
  const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no']
  await startProcess('redis-server', settings, { ready: 'eady to accept connections' })
  return `unix://${socket}`
}
