import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './workspace.mjs'

const COMMANDS = { fast: 'npm test', rest: 'npm run test:rest' }
const OTHER = { fast: 'rest', rest: 'fast' }

/**
 * Runs the tests of a part, or those of its files whose path contains one of the filters. A failure ends the process.
 *
 * @param part - `fast` or `rest`, as vitest.workspace.ts divides the files.
 * @param filters - Parts of paths, and options of Vitest.
 */
export function runTests(part, filters = []) {
  const status = runVitest('--project', part, ...filters)
  if (status === 0) return
  if (filters.length > 0) {
    console.error(
      `${COMMANDS[part]} runs the ${part} tests alone; try ${COMMANDS[OTHER[part]]} -- ${filters.join(' ')}`,
    )
  }
  process.exit(status)
}

/** Runs the tests of both parts in one run, since all of them together cover core, and fails where they cover too little. */
export function runWithCoverage() {
  const status = runVitest('--coverage')
  if (status !== 0) process.exit(status)
}

function runVitest(...args) {
  const vitest = join(root, 'scripts/node_modules/.bin/vitest')
  const counted = process.env.PORTICO_TEST_COUNTS
  const reporters = counted ? ['--reporter=default', '--reporter=./scripts/count-reporter.mjs'] : []
  const { status, error } = spawnSync(
    vitest,
    ['run', '--config', 'vitest.workspace.ts', ...reporters, ...args],
    { cwd: root, stdio: 'inherit' },
  )
  if (error) throw error
  return status ?? 1
}
