import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { toEvent } from './function-url.ts'

const RUNS = Number(process.env.RUNS ?? 11)

/** Milliseconds of one process, as Lambda starts one for an environment. */
interface ColdStart {
  /** Until the function's module is loaded; Node's own start is not in it. */
  load: number
  /** From the event to the result. */
  first: number
  /** The same for the next event. */
  second: number
}

const directory = await mkdtemp(join(tmpdir(), 'cold-start-'))
const entry = fileURLToPath(new URL('buffered.js', import.meta.url))
const bundled = join(directory, 'buffered.mjs')
await build({
  entryPoints: [entry],
  outfile: bundled,
  bundle: true,
  minify: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
})

const event = await toEvent(
  new Request('http://localhost/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'mcp-protocol-version': '2025-11-25' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  }),
  '127.0.0.1',
)
const program = `
  const started = performance.now()
  const { handler } = await import(process.argv[1])
  const loaded = performance.now()
  const event = JSON.parse(process.argv[2])
  const { statusCode } = await handler(event)
  const answered = performance.now()
  await handler(event)
  const again = performance.now()
  if (statusCode !== 200) throw new Error('answered ' + statusCode)
  console.log(JSON.stringify({ load: loaded - started, first: answered - loaded, second: again - answered }))
`

for (const [name, path] of [
  ['as installed', entry],
  ['bundled by esbuild', bundled],
] as const) {
  const starts: ColdStart[] = []
  for (let run = 0; run < RUNS; run++) starts.push(await start(path))
  const { load, first, second } = medians(starts)
  console.log(`${name}: ${load} ms to load, ${first} ms for the first call, ${second} ms for the second`)
}
console.log(`(medians of ${RUNS} processes, Node ${process.versions.node})`)
await rm(directory, { recursive: true })

async function start(path: string): Promise<ColdStart> {
  const args = ['--input-type=module', '-e', program, pathToFileURL(path).href, JSON.stringify(event)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

function medians(starts: ColdStart[]): Record<keyof ColdStart, string> {
  const median = (figure: keyof ColdStart): string => {
    const sorted = starts.map((start) => start[figure]).sort((a, b) => a - b)
    return (sorted[Math.floor(sorted.length / 2)] as number).toFixed(1)
  }
  return { load: median('load'), first: median('first'), second: median('second') }
}
