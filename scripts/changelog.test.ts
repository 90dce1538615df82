import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addRelease, readChanges } from './changelog.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portico-changesets-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
const changeset = (kind: string, text: string) => `---\n"@portico-mcp/core": ${kind}\n---\n\n${text}\n`

it('reads the changes that no release has taken', () => {
  write('README.md', '# Changesets\n')
  write('pre.json', JSON.stringify({ changesets: ['old'] }))
  write('old.md', changeset('major', 'Begin'))
  write('new.md', changeset('minor', 'Add an option'))
  expect(readChanges(folder)).toEqual([{ kind: 'minor', text: 'Add an option' }])
})

it('rejects a changeset without a kind or a text', () => {
  write('empty.md', changeset('minor', ''))
  expect(() => readChanges(folder)).toThrow('.changeset/empty.md must name a package')
})

it('puts a release above the earlier ones, by kind', () => {
  const changes = [
    { kind: 'patch', text: 'Answer 415\nbefore the body is read' },
    { kind: 'minor', text: 'Add an option' },
  ]
  expect(addRelease('# Changelog\n\nAll packages.\n\n## 1.0.0\n\nFirst.\n', '1.1.0', changes)).toBe(
    [
      '# Changelog\n\nAll packages.\n',
      '## 1.1.0\n',
      '### Added\n',
      '- Add an option\n',
      '### Fixed\n',
      '- Answer 415\n  before the body is read\n',
      '## 1.0.0\n',
      'First.\n',
    ].join('\n'),
  )
})
