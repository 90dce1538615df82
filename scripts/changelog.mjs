import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const CHANGESET = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/
const HEADINGS = { major: 'Breaking changes', minor: 'Added', patch: 'Fixed' }

/**
 * Reads the changesets that no release has taken.
 *
 * @param folder The folder of the changesets.
 * @returns Each with its kind (`major`, `minor` or `patch`, the largest that it names) and its text.
 */
export function readChanges(folder) {
  const released = readReleased(folder)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md' && !released.includes(file.slice(0, -3)))
    .map((file) => readChange(file, readFileSync(join(folder, file), 'utf8')))
}

// between release candidates, changesets are kept for the release
function readReleased(folder) {
  const path = join(folder, 'pre.json')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).changesets : []
}

function readChange(file, content) {
  const [, packages, text] = CHANGESET.exec(content) ?? []
  const kind = Object.keys(HEADINGS).find((name) => packages?.includes(`: ${name}`))
  if (!kind || !text?.trim()) {
    throw new Error(`.changeset/${file} must name a package with major, minor or patch, and say what changes`)
  }
  return { kind, text: text.trim() }
}

/** Puts a release with its changes above the earlier ones of a changelog. */
export function addRelease(changelog, version, changes) {
  const sections = Object.entries(HEADINGS).flatMap(([kind, heading]) =>
    formatSection(kind, heading, changes),
  )
  const release = [`## ${version}`, ...sections].join('\n\n')
  const start = changelog.indexOf('\n## ')
  if (start < 0) return `${changelog.trimEnd()}\n\n${release}\n`
  return `${changelog.slice(0, start)}\n${release}\n${changelog.slice(start)}`
}

function formatSection(kind, heading, changes) {
  const items = changes.filter((change) => change.kind === kind)
  if (items.length === 0) return []
  return [`### ${heading}`, items.map(({ text }) => `- ${text.replaceAll('\n', '\n  ')}`).join('\n')]
}
