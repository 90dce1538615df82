import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Folders of a package that hold code which is published or bundled. */
const FOLDERS = ['src', 'page']
const SOURCE = /\.tsx?$/
const TEST = /\.test\.tsx?$|(^|\/)testing\//
const OUTPUT = /(^|\/)dist\//
const GENERATED = new Set(['packages/dashboard/src/bundle.ts', 'packages/dashboard/src/apps-bundle.ts'])

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g
const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]+)\1/g

/**
 * Reads the packages of a workspace, with their sources. Tests and what only tests use are left out.
 *
 * @param root The folder that holds `packages`.
 * @returns The packages, each with its name, its package.json, and its sources: path relative to the root, text,
 *   and imports (specifier, line, and the path of the source that a relative import leads to).
 */
export function readPackages(root) {
  return readdirSync(join(root, 'packages')).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
    const sources = FOLDERS.flatMap((name) => readSources(root, posix.join('packages', folder, name)))
    return { folder, manifest, sources }
  })
}

function readSources(root, folder) {
  return listFiles(join(root, folder))
    .map((file) => posix.join(folder, file))
    .filter((path) => SOURCE.test(path) && !TEST.test(path) && !OUTPUT.test(path) && !GENERATED.has(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return {
        path,
        text,
        imports: readImports(text).map((found) => ({ ...found, ...resolve(path, found) })),
      }
    })
}

function listFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch (error) {
    if (error.code === 'ENOENT') return []
    throw error
  }
}

/** Lists what a source imports, also for types alone and for re-exports. */
function readImports(text) {
  const code = blankComments(text)
  return [...code.matchAll(SPECIFIER)].map(({ 2: specifier, index }) => ({
    specifier,
    line: code.slice(0, index).split('\n').length,
  }))
}

/** Replaces comments by spaces, so that lines and columns stay. */
const blankComments = (text) => text.replace(COMMENT, (comment) => comment.replace(/[^\n]/g, ' '))

function resolve(path, { specifier }) {
  return specifier.startsWith('.') ? { target: posix.join(posix.dirname(path), specifier) } : {}
}

/** The name of the package that a specifier leads to; undefined for relative imports and modules of the platform. */
export function packageOf(specifier) {
  if (/^(\.|\/|#|node:|cloudflare:)/.test(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
