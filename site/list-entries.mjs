import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './paths.mjs'

// Exports that change without notice
const INTERNAL = new Set(['./internal'])

/**
 * Lists the public entries of all packages.
 *
 * @returns {Map<string, string>} The path of the built declarations of each entry, with the name to import it by.
 */
export const listEntries = () => new Map(readdirSync(join(root, 'packages')).flatMap(listEntriesOf))

function listEntriesOf(folder) {
  const path = join(root, 'packages', folder)
  const { name, exports = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  return Object.entries(exports)
    .filter(([key, { types }]) => types && !INTERNAL.has(key))
    .map(([key, { types }]) => [join(path, types), name + key.slice(1)])
}
