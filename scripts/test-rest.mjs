import { runRestWithCoverage, runTests } from './run-tests.mjs'
import { install, run, runTool } from './workspace.mjs'

const filters = process.argv.slice(2)

install()
// Processes that tests start use what is built.
runTool('tsc', '-b')
if (filters.length > 0) {
  runTests('rest', filters)
} else {
  runRestWithCoverage()
  run(process.execPath, 'scripts/check.mjs', '--tested')
}
