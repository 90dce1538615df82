import { readFileSync } from 'node:fs'

// The last lines of CI: all runs in one sum, in the words of Vitest. A file that ran twice counts once.
const lines = readFileSync(process.env.PORTICO_TEST_COUNTS, 'utf8').trim().split('\n')
const files = new Map(lines.map((line) => JSON.parse(line)).map((result) => [result.file, result]))
const results = [...files.values()]

console.log(`Test Files  ${sumUp(results.map(({ state }) => state))}`)
console.log(`Tests  ${sumUp(results.flatMap(({ tests }) => tests))}`)

function sumUp(states) {
  const counts = ['failed', 'passed', 'skipped'].map((state) => [
    state,
    states.filter((one) => one === state).length,
  ])
  const named = counts.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`)
  return `${named.join(' | ')} (${states.length})`
}
