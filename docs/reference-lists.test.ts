import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const root = new URL('../', import.meta.url)

/** The folders below a folder that a page does not link to. */
function findUnlisted(folder: string): string[] {
  const page = readFileSync(new URL(`docs/reference/${folder}.md`, root), 'utf8')
  const names = readdirSync(new URL(`${folder}/`, root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name)
  expect(names.length).toBeGreaterThan(10)
  return names.filter((name) => !page.includes(`](../../${folder}/${name})`))
}

describe('the reference', () => {
  it.each(['packages', 'examples'])('lists all %s', (folder) => {
    expect(findUnlisted(folder)).toEqual([])
  })
})
