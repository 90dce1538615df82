import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { COVERING_PACKAGES } from './covering-packages.mjs'
import { root } from './workspace.mjs'

const PROJECTS = { fast: ['fast'], rest: ['rest', 'covering'] }
const COMMANDS = { fast: 'npm test', rest: 'npm run test:rest' }
const OTHER = { fast: 'rest', rest: 'fast' }

/**
 * Runs the tests of a part, or those of its files whose path contains one of the filters. A failure ends the process.
 *
 * @param part - `fast` or `rest`: what `npm test` runs, or everything else.
 * @param filters - Parts of paths, and options of Vitest.
 */
export function runTests(part, filters = []) {
  const status = runVitest(PROJECTS[part], ...filters)
  if (status === 0) return
  if (filters.length > 0) {
    console.error(
      `${COMMANDS[part]} runs the ${part} tests alone; try ${COMMANDS[OTHER[part]]} -- ${filters.join(' ')}`,
    )
  }
  process.exit(status)
}

/**
 * Runs everything that `npm test` does not run, and records what the tests of some packages run of core, their fast
 * tests included. Fails where they cover too little.
 */
export function runRestWithCoverage() {
  const folders = COVERING_PACKAGES.map((name) => `packages/${name}/`)
  const statuses = [runVitest(['fast', 'covering'], '--coverage', ...folders), runVitest(['rest'])]
  const failed = statuses.find((status) => status !== 0)
  if (failed) process.exit(failed)
}

function runVitest(projects, ...args) {
  const vitest = join(root, 'scripts/node_modules/.bin/vitest')
  const counted = process.env.PORTICO_TEST_COUNTS
  const reporters = counted ? ['--reporter=default', '--reporter=./scripts/count-reporter.mjs'] : []
  const { status, error } = spawnSync(
    vitest,
    [
      'run',
      '--config',
      'vitest.workspace.ts',
      ...projects.flatMap((name) => ['--project', name]),
      ...reporters,
      ...args,
    ],
    { cwd: root, stdio: 'inherit' },
  )
  if (error) throw error
  return status ?? 1
}
