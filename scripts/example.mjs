import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { install, root, run, runToolOf } from './workspace.mjs'

const name = process.argv[2]
const folder = `${root}examples/${name}`

if (!name || !existsSync(`${folder}/package.json`)) {
  const names = readdirSync(`${root}examples`).join(', ')
  console.error(`Usage: npm run example NAME, where NAME is one of: ${names}`)
  process.exit(2)
}

install(JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')).name)
runToolOf(folder, 'tsc', '-b', folder)
run(process.execPath, `${folder}/dist/main.js`)
