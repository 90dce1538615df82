import { install, runTool } from './workspace.mjs'

install()
runTool('biome', 'check', '--write', '.')
