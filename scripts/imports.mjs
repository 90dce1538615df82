import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, relative } from 'node:path'
import { root } from './workspace.mjs'

const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|[\s;{}(),])\/\/[^\n]*/g
const SPECIFIER = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"])([^'"\n]+)\1/g
const BUILT_IN = new Set([...builtinModules, 'bun', 'bun:test'])

/**
 * Finds imports of packages that the importing package does not declare. Inside the workspace hoisting hides
 * them; outside, Node, pnpm without hoisting and Yarn Plug'n'Play refuse them.
 *
 * @returns One line for each, with the file and what to do.
 */
export function undeclaredImports() {
  return readdirSync(join(root, 'packages')).flatMap((name) => {
    const folder = join(root, 'packages', name)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return sourcesOf(folder).flatMap((file) => undeclaredIn(file, manifest))
  })
}

// tests are not published, and run in the workspace
const sourcesOf = (folder) =>
  readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$|(^|\/)testing\//.test(file))
    .map((file) => join(folder, 'src', file))

function undeclaredIn(file, { name, dependencies = {}, peerDependencies = {} }) {
  const declared = { ...dependencies, ...peerDependencies }
  return [...new Set(importsOf(readFileSync(file, 'utf8')))]
    .filter((imported) => imported !== name && !BUILT_IN.has(imported) && !(imported in declared))
    .map(
      (imported) =>
        `${relative(root, file)} imports ${imported}: add it to dependencies or peerDependencies of ${name}`,
    )
}

/** The names of the packages that a source imports, also for types alone. */
export function importsOf(source) {
  const code = source.replace(COMMENT, '')
  return [...code.matchAll(SPECIFIER)].map(([, , specifier]) => packageOf(specifier)).filter(Boolean)
}

function packageOf(specifier) {
  if (/^(\.|\/|#|node:|cloudflare:)/.test(specifier)) return undefined
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
