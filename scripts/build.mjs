import { install, runTool } from './workspace.mjs'

install()
runTool('tsc', '-b')
