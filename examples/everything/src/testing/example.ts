import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** The example as a process of its own. */
export interface Example {
  url: string
  stop(): Promise<void>
}

/** Starts what was built, on a free port. */
export async function startExample(): Promise<Example> {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await printedUrl(child)
  return {
    url,
    stop: async () => {
      if (child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill()
      await exited
    },
  }
}

async function printedUrl({ stdout }: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: stdout! })) {
    const [, url] = /^Everything server at (http\S+)$/.exec(line) ?? []
    if (url) return url
  }
  throw new Error('The example ended before it listened: run `tsc -b` first')
}
