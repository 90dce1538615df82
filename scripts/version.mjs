import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addRelease, readChanges } from './changelog.mjs'
import { capture, root, runPnpm } from './workspace.mjs'

// `node scripts/version.mjs` writes the next version into every package, and its changes into CHANGELOG.md.
const changes = readChanges(join(root, '.changeset'))
await bumpVersions()
const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'))
const path = join(root, 'CHANGELOG.md')
writeFileSync(path, addRelease(readFileSync(path, 'utf8'), version, changes))
runPnpm('install', '--lockfile-only')

async function bumpVersions() {
  const restore = setPrivateVersions()
  try {
    const { failed, output } = await capture('npx', '--yes', '@changesets/cli@2.31.1', 'version')
    if (failed) throw new Error(output)
  } finally {
    restore()
  }
}

/** Changesets reads a version of every package of the workspace between candidates; those that are private have none. */
function setPrivateVersions() {
  const texts = new Map(listPrivateManifests().map((file) => [file, readFileSync(file, 'utf8')]))
  for (const [file, text] of texts) {
    writeFileSync(file, JSON.stringify({ version: '0.0.0', ...JSON.parse(text) }, null, 2))
  }
  return () => {
    for (const [file, text] of texts) writeFileSync(file, text)
  }
}

function listPrivateManifests() {
  const examples = readdirSync(join(root, 'examples')).map((name) => join('examples', name))
  return ['.', ...readdirSync(root), ...examples]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file))
}
