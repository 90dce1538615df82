import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { KEY_VARIABLE } from '../dashboard.ts'

/**
 * Runs a script, and restarts it when the script or a file that it imports changes.
 *
 * @returns The exit code: 0 after a signal, whatever the state of the script.
 */
export function watch(script: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...watchArguments(), script, ...args], {
    stdio: 'inherit',
    // keeps the secret of the dashboard, so that an open page works after a restart
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

/** Returns the arguments that make Node watch a script: with tsx, which follows TypeScript, or with Node's own option. */
function watchArguments(): string[] {
  try {
    const tsx = createRequire(import.meta.url).resolve('tsx/cli')
    return [tsx, 'watch', '--clear-screen=false']
  } catch {
    return ['--watch', '--watch-preserve-output']
  }
}
