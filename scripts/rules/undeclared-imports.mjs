import { builtinModules } from 'node:module'
import { packageOf } from './sources.mjs'

const BUILT_IN = new Set([...builtinModules, 'bun', 'bun:test'])

/**
 * Finds imports of packages that the importing package does not declare. Inside the workspace hoisting hides
 * them; outside, Node, pnpm without hoisting and Yarn Plug'n'Play refuse them.
 */
export function checkUndeclaredImports(packages) {
  return {
    problems: packages.flatMap(({ manifest, sources }) =>
      sources
        .filter(({ path }) => path.includes('/src/'))
        .flatMap((source) => findUndeclared(source, manifest)),
    ),
    summary: 'every import is declared by the package that imports it',
  }
}

function findUndeclared({ path, imports }, { name, dependencies = {}, peerDependencies = {} }) {
  const declared = new Set([name, ...Object.keys(dependencies), ...Object.keys(peerDependencies)])
  return imports
    .map(({ specifier, line }) => ({ imported: packageOf(specifier), line }))
    .filter(({ imported }) => imported && !BUILT_IN.has(imported) && !declared.has(imported))
    .map(
      ({ imported, line }) =>
        `${path}:${line} imports ${imported}: add it to dependencies or peerDependencies of ${name}`,
    )
}
