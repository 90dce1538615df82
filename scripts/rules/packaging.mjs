import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root, runPnpm } from '../workspace.mjs'
import { checkInstallSizes } from './install-size.mjs'
import { checkManifests } from './manifests.mjs'

/** Resolutions of projects that cannot import ES modules: no package promises them anything. */
const IGNORED_RESOLUTIONS = new Set(['node10', 'node16-cjs'])

/**
 * Packs every package, and checks what would be published: its manifest by publint and by what registries show of it,
 * its README, its types by "Are the types wrong?", and its size.
 */
export async function checkPackaging() {
  const folder = mkdtempSync(join(tmpdir(), 'portico-packed-'))
  try {
    runPnpm('--silent', '--recursive', '--filter', './packages/*', 'pack', '--pack-destination', folder)
    const archives = readdirSync(folder).map((file) => readArchive(join(folder, file)))
    const problems = checkManifests(root)
    for (const archive of archives) problems.push(...(await lint(archive)), ...(await checkTypes(archive)))
    const sizes = checkInstallSizes(archives)
    const passed = `${archives.length} packed packages pass publint (strict) and "Are the types wrong?"`
    return { problems: [...problems, ...sizes.problems], summary: `${passed}\n${sizes.summary}` }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readArchive(path) {
  const data = new Uint8Array(readFileSync(path))
  return { data, contents: createPackageFromTarballData(data) }
}

async function lint({ data, contents }) {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: data.buffer } })
  return messages.map(
    (message) => `packages/${folderOf(contents)}/package.json: ${formatMessage(message, pkg)}`,
  )
}

async function checkTypes({ contents }) {
  const { types, problems = [] } = await checkPackage(contents)
  const name = folderOf(contents)
  if (!types) return [`packages/${name}: is published without types; add them to exports in its package.json`]
  return problems
    .filter(({ resolutionKind }) => !IGNORED_RESOLUTIONS.has(resolutionKind))
    .map((problem) => `packages/${name}: ${JSON.stringify(problem)} (see arethetypeswrong.github.io)`)
}

const folderOf = ({ packageName }) => packageName.replace('@portico-mcp/', '')
