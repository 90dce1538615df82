import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process, and what it writes. */
export interface Started {
  /** Resolves once it has written what matches; rejects where it ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
  /** Its exit code; null where a signal ended it. */
  ended: Promise<number | null>
  stdout(): string
  stderr(): string
}

/** Starts a script with Node, and sees to it that it ends with this process. */
export function start(
  args: string[],
  {
    env = {},
    cwd,
    node = process.execPath,
  }: { env?: Record<string, string>; cwd?: string; node?: string } = {},
): Started {
  const child = spawn(node, args, {
    env: { ...process.env, ...env },
    ...(cwd && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const killAtExit = () => void child.kill('SIGKILL')
  process.once('exit', killAtExit)
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk) => {
      written[name] += chunk
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    process.off('exit', killAtExit)
    return code as number | null
  })
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(written.stdout)
          if (!found) return
          child.stdout.off('data', look)
          resolve(found)
        }
        child.stdout.on('data', look)
        look()
        void ended.then(() =>
          reject(new Error(`ended without ${pattern}:\n${written.stdout}${written.stderr}`)),
        )
      }),
  }
}
