import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { KEY_VARIABLE } from './dashboard.ts'

/**
 * Runs a script, and again whenever it or what it imports changes.
 *
 * @returns The exit code: 0 once it was told to stop, whatever state the script is in.
 */
export function watch(script: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...watcher(), script, ...args], {
    stdio: 'inherit',
    // a dashboard that is open goes on when the server starts again
    env: { [KEY_VARIABLE]: randomBytes(32).toString('base64url'), ...process.env },
  })
  let isStopped = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      isStopped = true
      child.kill(signal)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(isStopped ? 0 : (code ?? 1)))
  })
}

/** The arguments of Node that watch a script: tsx, which also follows TypeScript, or else Node's own. */
function watcher(): string[] {
  try {
    const tsx = createRequire(import.meta.url).resolve('tsx/cli')
    return [tsx, 'watch', '--clear-screen=false']
  } catch {
    return ['--watch', '--watch-preserve-output']
  }
}
