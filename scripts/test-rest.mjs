import { runCoverage, runTests } from './run-tests.mjs'
import { install, run, runTool } from './workspace.mjs'

const filters = process.argv.slice(2)

install()
runTool('tsc', '-b')
runTests('rest', filters)
if (filters.length === 0) {
  runCoverage()
  run(process.execPath, 'scripts/check.mjs', '--tested')
}
