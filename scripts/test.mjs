import { install, run, runTool } from './workspace.mjs'

install()
runTool('tsc', '-b')
runTool('vitest', 'run', '--config', 'vitest.workspace.ts', '--coverage', ...process.argv.slice(2))
run(process.execPath, 'scripts/check.mjs', '--tested')
