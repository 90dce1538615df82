import { runTests } from './run-tests.mjs'
import { install } from './workspace.mjs'

// The fast tests start no process, so they need the sources alone.
install()
runTests('fast', process.argv.slice(2))
