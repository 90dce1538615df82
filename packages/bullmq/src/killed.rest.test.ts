import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, vi } from 'vitest'
import { bullmqQueue } from './index.ts'
import { describeRedis, useRedis } from './testing/redis.ts'

const MAIN = fileURLToPath(new URL('testing/worker-main.ts', import.meta.url))
const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/** A run that a process has begun. */
interface BegunRun {
  taskId: string
  attempt: number
  isLast: boolean
  isExhausted: boolean
}

const processes: ChildProcess[] = []
afterAll(async () => {
  await Promise.all(processes.map(kill))
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Starts a worker process. Its runs last until it is killed if `mode` is `hang`. */
function startWorker(url: string, name: string, mode: 'hang' | 'end', maxStalls = 5) {
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, url, name, mode, String(maxStalls)], {
    cwd: PACKAGE,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  processes.push(child)
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  const runs = (): BegunRun[] => text.match(/^\{.*\}$/gm)?.map((line) => JSON.parse(line)) ?? []
  const begun = (): Promise<BegunRun[]> =>
    vi.waitUntil(() => (runs().length > 0 ? runs() : undefined), { timeout: 30_000 })
  return { child, begun }
}

describeRedis('a worker process that is killed', () => {
  const server = useRedis()

  it.concurrent('loses its job to another process, which goes on with it', async () => {
    const name = crypto.randomUUID()
    const queue = bullmqQueue({ connection: { url: server().url }, name })
    const first = startWorker(server().url, name, 'hang')
    await queue.add({ taskId: 'survives' })
    expect(await first.begun()).toMatchObject([{ taskId: 'survives', attempt: 0, isExhausted: false }])
    const second = startWorker(server().url, name, 'end')
    await kill(first.child)
    expect(await second.begun()).toMatchObject([{ taskId: 'survives', attempt: 1, isExhausted: false }])
    await queue.add({ taskId: 'survives' })
    await vi.waitUntil(async () => (await second.begun()).length === 2, { timeout: 10_000 })
    await queue.close?.()
  })

  it.concurrent('does not take every worker with it: a job that kills too many is run a last time as exhausted', async () => {
    const name = crypto.randomUUID()
    const queue = bullmqQueue({ connection: { url: server().url }, name })
    await queue.add({ taskId: 'deadly' })
    for (const isExhausted of [false, false, true]) {
      const worker = startWorker(server().url, name, isExhausted ? 'end' : 'hang', 1)
      expect(await worker.begun()).toMatchObject([{ taskId: 'deadly', isExhausted, isLast: isExhausted }])
      await kill(worker.child)
    }
    await queue.close?.()
  })
})
