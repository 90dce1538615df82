import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** An example as a process of its own. */
export interface Example {
  /** The URL that it says it listens at. */
  url: string
  /** Resolves once it has printed what matches; rejects where it ends before. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
  /** Tells it to stop (SIGTERM); resolves to its exit code, null where a signal ended it. */
  stop(): Promise<number | null>
  /** Ends it without a chance to end in order (SIGKILL). */
  kill(): Promise<number | null>
}

const examples = fileURLToPath(new URL('../../examples', import.meta.url))

/**
 * Starts what was built of an example by its `start` script, on a free port.
 *
 * @param name - The example's folder.
 * @param env - Environment variables besides those of this process.
 */
export async function startExample(name: string, env: Record<string, string> = {}): Promise<Example> {
  const folder = join(examples, name)
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const PATH = [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
  // a runtime may be a child of what starts it: they are stopped as one group
  const child = spawn(`exec ${scripts.start}`, {
    cwd: folder,
    shell: true,
    detached: true,
    env: { ...process.env, PORT: '0', ...env, PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // it has ended
    }
  }
  const killAtExit = () => kill('SIGKILL')
  process.once('exit', killAtExit)

  let printed = ''
  let complained = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    complained += chunk
  })

  const prints = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(printed)
        if (!found) return
        child.stdout.off('data', look)
        resolve(found)
      }
      child.stdout.on('data', look)
      look()
      void ended.then(() => reject(new Error(`${name} ended without ${pattern}:\n${printed}${complained}`)))
    })

  const [, url] = await prints(/ at (http\S+)\n/)
  const end = (signal: NodeJS.Signals) => {
    process.off('exit', killAtExit)
    kill(signal)
    return ended
  }
  return { url: url!, prints, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') }
}
