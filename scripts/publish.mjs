import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from './compile.mjs'
import { install, root, run, runPnpm } from './workspace.mjs'

// `node scripts/publish.mjs` builds and packs every package, and publishes those whose version is new. pnpm packs,
// since it replaces `workspace:` and applies `publishConfig.exports`; npm publishes the archives, with provenance.
// `--dry-run` publishes nothing.
const options = process.argv.slice(2)

install()
compile()
for (const folder of readdirSync(join(root, 'packages'))) publish(join(root, 'packages', folder))
if (!options.includes('--dry-run')) run('npx', '--yes', '@changesets/cli@2.31.1', 'tag')

function publish(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (isPublished(name, version)) return
  const target = mkdtempSync(join(tmpdir(), 'portico-publish-'))
  try {
    runPnpm('--filter', name, 'pack', '--pack-destination', target)
    const [archive] = readdirSync(target)
    run(
      'npm',
      'publish',
      join(target, archive),
      '--tag',
      version.includes('-') ? 'next' : 'latest',
      ...options,
    )
  } finally {
    rmSync(target, { recursive: true })
  }
}

function isPublished(name, version) {
  return (
    spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' }).stdout.trim() !== ''
  )
}
