import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { FULL, QUICK, TARGETED_SUBJECTS, TARGETS_ONLY } from './efforts.ts'
import { chooseRows, GROUPS } from './groups/index.ts'
import { type GroupEffort, measureGroup, workOf } from './groups/measure.ts'
import { groupTable, meetsTarget } from './groups/report.ts'
import { measure } from './measure.ts'
import { readOptions, USAGE } from './options.ts'
import { plot } from './plot.ts'
import { countMissed, medianTable, targetTable } from './report.ts'
import type { Sample } from './samples.ts'

const TITLE = 'A tool call: what is left of the speed of your platform'
const SUBTITLE =
  '100 %: what the platform alone does with a fixed answer, for the same CPU time. 2026-07-28 unless said.'

const results = new URL('../results/', import.meta.url)

const { isHelp, isQuick, isTargets, only, rows, effort } = readOptions(process.argv.slice(2))

if (isHelp) console.log(USAGE)
else {
  const missed = only.length > 0 ? await measureGroups(only, rows, effort) : await measureAll()
  if (isTargets && missed > 0) {
    console.error(`\n${missed} targets were missed`)
    process.exitCode = 1
  }
}

async function measureAll(): Promise<number> {
  const samples = isTargets
    ? await measure(TARGETS_ONLY, TARGETED_SUBJECTS)
    : await measure(isQuick ? QUICK : FULL)
  save('samples.json', samples)
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
  const missed = countMissed(samples)
  return isQuick ? missed : missed + (await measureGroups(Object.keys(GROUPS), [], effort))
}

/** Measures groups and prints their tables; resolves with the number of targets that were missed. */
async function measureGroups(
  names: readonly string[],
  texts: readonly string[],
  effort: GroupEffort,
): Promise<number> {
  let missed = 0
  for (const name of names) {
    const rows = chooseRows(name, texts)
    const samples = await measureGroup(name, effort, rows)
    console.log(`\n${groupTable(samples, name, rows)}`)
    if (texts.length === 0) keep(samples, name)
    missed += rows.filter((row) => meetsTarget(samples, name, row) === false).length
  }
  return missed
}

/** Keeps what a whole group took beside what others took before, and draws all of them. */
function keep(samples: readonly Sample[], name: string): void {
  const others = readKept().filter(({ work }) => work !== workOf(name))
  save('groups.json', [...others, ...samples])
  writeFileSync(new URL('plot.svg', results), plot([...others, ...samples], TITLE, SUBTITLE))
}

function readKept(): Sample[] {
  const file = new URL('groups.json', results)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
}

function save(file: string, samples: readonly Sample[]): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(new URL(file, results), `${JSON.stringify(samples)}\n`)
}
