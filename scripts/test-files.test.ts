import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface ListedFile {
  file: string
  projectName: string
}

/** Every test file of the repository, whatever its folder. */
function findTestFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', '.git'].includes(entry.name) ? [] : findTestFiles(`${path}/`)
    }
    return /\.test\.[a-z]+$/.test(entry.name) ? [path] : []
  })
}

function listFiles(): ListedFile[] {
  const args = ['list', '--filesOnly', '--json', '--config', 'vitest.workspace.ts']
  const output = execFileSync(`${root}scripts/node_modules/.bin/vitest`, args, {
    cwd: root,
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

it('every test file is run by either `npm test` or `npm run test:rest`', () => {
  const listed = listFiles()
  expect(new Set(listed.map(({ projectName }) => projectName))).toEqual(new Set(['fast', 'covering', 'rest']))
  expect(listed.map(({ file }) => file).sort()).toEqual(findTestFiles(root).sort())
})
