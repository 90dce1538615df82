import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { install, root, runScript, runToolOf } from './workspace.mjs'

const name = process.argv[2]
const folder = `${root}examples/${name}`

if (!name || !existsSync(`${folder}/package.json`)) {
  const names = readdirSync(`${root}examples`).join(', ')
  console.error(`Usage: npm run example NAME, where NAME is one of: ${names}`)
  process.exit(2)
}

const { name: packageName, scripts } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
install(packageName)
runToolOf(folder, 'tsc', '-b', folder)
runScript(folder, scripts.start)
