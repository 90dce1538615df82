import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { KEY_VARIABLE } from './dashboard.ts'

/**
 * Runs a script, and again whenever it or what it imports changes.
 *
 * @returns Its exit code, once it was told to stop.
 */
export function watch(script: string, args: readonly string[]): Promise<number> {
  const tsx = createRequire(import.meta.url).resolve('tsx/cli')
  const child = spawn(process.execPath, [tsx, 'watch', '--clear-screen=false', script, ...args], {
    stdio: 'inherit',
    // a dashboard that is open goes on when the server starts again
    env: { [KEY_VARIABLE]: randomBytes(32).toString('base64url'), ...process.env },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 0))
  })
}
