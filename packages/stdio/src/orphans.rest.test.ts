import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { isRunning } from './testing/processes.ts'

const PARENT = fileURLToPath(new URL('testing/parent.mjs', import.meta.url))

/** Starts a process with two children: one of its pool, and one that this one has started. */
async function start(how = ''): Promise<{ parent: ChildProcess; children: number[] }> {
  const parent = spawn(process.execPath, [PARENT, how], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(parent.stdout!, 'data')
  const children = String(line).trim().split(',').map(Number)
  onTestFinished(() => {
    for (const child of [parent.pid!, ...children].filter(isRunning)) process.kill(child, 'SIGKILL')
  })
  return { parent, children }
}

const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT'] as const

describe('no child outlives a process', () => {
  it('that a signal ends, whichever it is', async () => {
    const started = await Promise.all(SIGNALS.map(() => start()))
    const children = started.flatMap(({ children }) => children)
    expect(children.filter(isRunning)).toHaveLength(2 * SIGNALS.length)
    await Promise.all(
      started.map(async ({ parent }, index) => {
        parent.kill(SIGNALS[index])
        await once(parent, 'exit')
      }),
    )
    await expect.poll(() => children.filter(isRunning)).toEqual([])
  })

  it.each(['exit', 'throw'])('that ends by %s', async (how) => {
    const { children } = await start(how)
    expect(children).toHaveLength(2)
    await expect.poll(() => children.filter(isRunning)).toEqual([])
  })
})
