import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, statSync, watch as watchFolder } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, resolve } from 'node:path'
import { KEY_VARIABLE } from '../dashboard.ts'
import type { Target } from './target.ts'

/** Editors write a file in several steps. */
const SETTLING_MS = 100

/**
 * Runs a script, and restarts it when what it serves changes: a module or a file that it imports, the file of servers, or
 * the files among the arguments of a program.
 *
 * @param args - The arguments of the script.
 * @param target - What the script serves.
 * @returns The exit code: 0 after a signal, whatever the state of the script.
 */
export function watch(script: string, args: readonly string[], target: Target): Promise<number> {
  // keeps the secret of the dashboard, so that an open page works after a restart
  const env = { [KEY_VARIABLE]: randomBytes(32).toString('base64url'), ...process.env }
  let isStopped = false
  let isRestarting = false

  return new Promise((resolvePromise, reject) => {
    let child: ChildProcess
    const begin = (): void => {
      isRestarting = false
      child = spawn(process.execPath, [...watchArguments(), script, ...args], { stdio: 'inherit', env })
      child.once('error', reject)
      child.once('exit', (code) => {
        if (isRestarting && !isStopped) return begin()
        stopWatching()
        resolvePromise(isStopped ? 0 : (code ?? 1))
      })
    }
    const restart = (): void => {
      if (isRestarting || isStopped) return
      isRestarting = true
      child.kill('SIGTERM')
    }
    const stopWatching = watchFiles(listFiles(target), restart)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        isStopped = true
        child.kill(signal)
      })
    }
    begin()
  })
}

/** Lists the files that Node does not follow by itself, as it does imports. */
function listFiles(target: Target): string[] {
  if (target.kind === 'config') return [resolve(target.file)]
  if (target.kind !== 'command') return []
  return target.args
    .map((arg) => resolve(target.cwd ?? '.', arg))
    .filter((file) => existsSync(file) && statSync(file).isFile())
}

/**
 * Calls a function when one of some files changes. Folders are watched, because editors replace a file.
 *
 * @returns A function that stops watching.
 */
function watchFiles(files: readonly string[], onchange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const watchers = files.map((file) =>
    watchFolder(dirname(file), (_, name) => {
      if (name !== null && name !== basename(file)) return
      clearTimeout(timer)
      timer = setTimeout(onchange, SETTLING_MS)
    }),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
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
