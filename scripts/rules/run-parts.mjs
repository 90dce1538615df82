import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { capture } from '../workspace.mjs'

const RUN_PART = fileURLToPath(new URL('run-part.mjs', import.meta.url))

/** Runs parts of the check side by side, each in a process, and prints each when it is done. */
export async function runParts(names) {
  const queue = [...names]
  await Promise.all(Array.from({ length: availableParallelism() }, () => runFrom(queue)))
}

async function runFrom(queue) {
  for (let name = queue.shift(); name; name = queue.shift()) {
    const started = performance.now()
    const { failed, output } = await capture(process.execPath, RUN_PART, name)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`\n── ${name} ${failed ? 'FAILED ' : ''}(${seconds} s)\n${output}`)
    if (failed) process.exitCode = 1
  }
}
