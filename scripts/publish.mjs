import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from './compile.mjs'
import { install, root, run, runPnpm } from './workspace.mjs'

// `node scripts/publish.mjs` builds, packs and publishes every package. pnpm packs, since it replaces `workspace:` and
// applies `publishConfig.exports`; npm publishes the archives, with provenance. `--dry-run` publishes nothing.
const options = process.argv.slice(2)
const { version } = JSON.parse(readFileSync(join(root, 'packages/core/package.json'), 'utf8'))
const tag = version.includes('-') ? 'next' : 'latest'

install()
compile()
const folder = mkdtempSync(join(tmpdir(), 'portico-publish-'))
try {
  runPnpm('--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder)
  for (const archive of readdirSync(folder))
    run('npm', 'publish', join(folder, archive), '--tag', tag, ...options)
} finally {
  rmSync(folder, { recursive: true })
}
if (!options.includes('--dry-run')) run('npx', '--yes', '@changesets/cli@2.31.1', 'tag')
