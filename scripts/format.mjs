import { completeManifests } from './complete-manifests.mjs'
import { install, runTool } from './workspace.mjs'

install()
completeManifests()
runTool('biome', 'check', '--write', '.')
