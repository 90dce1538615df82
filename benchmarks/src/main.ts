import { mkdirSync, writeFileSync } from 'node:fs'
import { FULL, QUICK, TARGETED_SUBJECTS, TARGETS_ONLY } from './efforts.ts'
import { measure } from './measure.ts'
import { plot } from './plot.ts'
import { medianTable, targetTable } from './report.ts'

const samples = process.argv.includes('--targets')
  ? await measure(TARGETS_ONLY, TARGETED_SUBJECTS)
  : await measure(process.argv.includes('--quick') ? QUICK : FULL)

const results = new URL('../results/', import.meta.url)
mkdirSync(results, { recursive: true })
writeFileSync(new URL('samples.json', results), `${JSON.stringify(samples)}\n`)
const work = 'socket 32, tools/call 1 module legacy'
const title = 'tools/call on node:http: share of what a server with a fixed answer does'
writeFileSync(new URL('plot.svg', results), plot(samples, work, title))

const tables = [
  ['µs of CPU a request', 'cpu', 0],
  ['requests a second', 'rate', 0],
  ['99th percentile of the latency, ms', 'p99', 0],
  ['heap of each open stream, bytes', 'heap of each', 0],
  ['a change to all listeners, ms', 'notify all', 1],
  ['growth of the heap, bytes', 'heap growth', 0],
  ['import, ms of CPU', 'import', 0],
  ['bundle, bytes', 'bundle', 0],
] as const
for (const [heading, metric, digits] of tables) {
  console.log(`\n${heading}\n\n${medianTable(samples, metric, digits)}`)
}
console.log(`\ntargets\n\n${targetTable(samples)}`)
