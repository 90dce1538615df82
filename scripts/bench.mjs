import { install, root, run, runTool } from './workspace.mjs'

install()
runTool('tsc', '-b')
run(process.execPath, `${root}benchmarks/dist/main.js`, ...process.argv.slice(2))
