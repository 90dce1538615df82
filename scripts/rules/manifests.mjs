import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the sources, the issues and the documentation are. */
export const REPOSITORY = 'https://github.com/portico-mcp/portico'

/** The oldest Node that the packages run on, as `.nvmrc` and the CI workflow say. */
const NODE = '>=20'

const RELATIVE_LINK = /\]\((?!https?:|#|mailto:)([^)\s]+)\)/g

/**
 * Checks what a registry shows of each package: where it comes from, what it is for, how it is published, its license
 * and its README. All packages have one version.
 *
 * @param root The folder of the workspace.
 * @returns The problems, each with the file and what to do.
 */
export function checkManifests(root) {
  const folders = readdirSync(join(root, 'packages'))
  const manifests = folders.map((folder) => ({ folder, manifest: readManifest(root, folder) }))
  const license = readFileSync(join(root, 'LICENSE'), 'utf8')
  const version = manifests.find(({ folder }) => folder === 'core')?.manifest.version
  return manifests.flatMap(({ folder, manifest }) => [
    ...findManifestProblems(folder, manifest, version),
    ...findLicenseProblems(root, folder, license),
    ...findReadmeProblems(root, folder, manifest),
  ])
}

/** The fields that follow from the name of a package's folder. */
export function expectedFields(folder) {
  return {
    homepage: `${REPOSITORY}/tree/main/packages/${folder}#readme`,
    bugs: { url: `${REPOSITORY}/issues` },
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: `packages/${folder}` },
    license: 'MIT',
    type: 'module',
    engines: { node: NODE },
  }
}

/** What `npm publish` reads: scoped packages are public, and carry a statement of where they were built. */
export const PUBLISH_CONFIG = { access: 'public', provenance: true }

function findManifestProblems(folder, manifest, version) {
  const problem = (text) => `packages/${folder}/package.json: ${text}`
  const fixed = { ...expectedFields(folder), version }
  const publishConfig = Object.keys(PUBLISH_CONFIG).some(
    (name) => manifest.publishConfig?.[name] !== PUBLISH_CONFIG[name],
  )
  return [
    ...Object.entries(fixed)
      .filter(([name, value]) => JSON.stringify(manifest[name]) !== JSON.stringify(value))
      .map(([name, value]) => problem(`${name} must be ${JSON.stringify(value)}; npm run format sets it`)),
    ...(publishConfig ? [problem(`publishConfig must have ${JSON.stringify(PUBLISH_CONFIG)}`)] : []),
    ...((manifest.keywords?.length ?? 0) < 3 || !manifest.keywords.includes('mcp')
      ? [problem('keywords must be "mcp" and at least two more that people search for')]
      : []),
    ...(manifest.description ? [] : [problem('description is missing')]),
    ...(Array.isArray(manifest.files) ? [] : [problem('files must list what is published')]),
    ...(manifest.sideEffects !== undefined
      ? []
      : [problem('sideEffects must say whether bundlers may drop modules')]),
    ...(manifest.funding === undefined ? [] : [problem('funding must be left out')]),
  ]
}

function findLicenseProblems(root, folder, license) {
  const path = join(root, 'packages', folder, 'LICENSE')
  if (existsSync(path) && readFileSync(path, 'utf8') === license) return []
  return [`packages/${folder}/LICENSE must be a copy of LICENSE; npm run format writes it`]
}

// a registry shows the README without the repository around it
function findReadmeProblems(root, folder, { name }) {
  const path = join(root, 'packages', folder, 'README.md')
  if (!existsSync(path)) return [`packages/${folder}/README.md is missing`]
  const text = readFileSync(path, 'utf8')
  const problem = (what) => `packages/${folder}/README.md ${what}`
  return [
    ...(text.startsWith(`# ${name}\n`) ? [] : [problem(`must begin with "# ${name}"`)]),
    ...(installs(text, name) ? [] : [problem(`must say how to install ${name}`)]),
    ...(/^\|/m.test(text) ? [] : [problem('must have a table of the options or exports')]),
    ...[...text.matchAll(RELATIVE_LINK)].map(([, link]) =>
      problem(`links to ${link}, which a registry does not have; link to ${REPOSITORY}/blob/main/…`),
    ),
  ]
}

function installs(text, name) {
  return [`npm install ${name}`, `npx ${name}`, `npm create ${name.replace('create-', '')}@latest`].some(
    (command) => text.includes(command),
  )
}

function readManifest(root, folder) {
  return JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
}
