import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Command = (args: never) => Promise<unknown>

/** Answers what the parent process asks. */
export function answersOf(commands: Record<string, Command>): void {
  process.on('message', async ({ id, name, args }: { id: number; name: string; args: unknown }) => {
    try {
      process.send!({ id, value: await commands[name]!(args as never) })
    } catch (error) {
      process.send!({ id, error: error instanceof Error ? error.stack : String(error) })
    }
  })
}

/** A process that holds one server of the comparison. */
export interface SubjectProcess {
  ask<T>(name: string, args?: object): Promise<T>
  end(): void
}

/** Starts a process for a server of the comparison. */
export function startSubject(name: string): SubjectProcess {
  const main = fileURLToPath(new URL('subject-main.js', import.meta.url).href.replace('/src/', '/dist/'))
  const child: ChildProcess = fork(main, [name], {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  let last = 0
  child.on('message', ({ id, value, error }: { id: number; value: never; error?: string }) => {
    const { resolve, reject } = waiting.get(id)!
    waiting.delete(id)
    if (error) reject(new Error(`${name}: ${error}`))
    else resolve(value)
  })
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended with ${code}`))
  })
  return {
    ask: (command, args = {}) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject })
        child.send({ id: last, name: command, args })
      }),
    // it ends then, and ends what it has started
    end: () => child.disconnect(),
  }
}
