import { install, root, run, runTool } from './workspace.mjs'

install()
runTool('tsc', '-b')
const [, , flag, ...rest] = process.argv
if (flag === '--openapi') run(process.execPath, `${root}benchmarks/dist/openapi-main.js`, ...rest)
else if (flag === '--stdio') run(process.execPath, `${root}benchmarks/dist/stdio-main.js`, ...rest)
else run(process.execPath, `${root}benchmarks/dist/main.js`, ...process.argv.slice(2))
