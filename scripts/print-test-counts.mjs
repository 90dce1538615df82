import { readFileSync } from 'node:fs'

// The last line of CI: all runs in one sum, in the words of Vitest.
const runs = readFileSync(process.env.PORTICO_TEST_COUNTS, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

console.log(`Test Files  ${sumUp(runs.flatMap(({ files }) => files))}`)
console.log(`Tests  ${sumUp(runs.flatMap(({ tests }) => tests))}`)

function sumUp(states) {
  const counts = ['failed', 'passed', 'skipped'].map((state) => [
    state,
    states.filter((one) => one === state).length,
  ])
  const named = counts.filter(([, count]) => count > 0).map(([state, count]) => `${count} ${state}`)
  return `${named.join(' | ')} (${states.length})`
}
