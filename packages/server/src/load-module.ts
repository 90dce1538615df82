import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.ts'
import type { HTTPServerInput } from './input.ts'

/** A module that cannot be served. */
export class ModuleError extends Error {}

/**
 * The file that a module is in.
 *
 * @throws UsageError where there is none.
 */
export function fileOf(module: string): string {
  const file = resolve(module)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`There is no file ${file}`)
  return file
}

/**
 * What a module of JavaScript or TypeScript exports as its default.
 *
 * @throws ModuleError for a default export that nothing can be served from; what the module throws.
 */
export async function loadModule(file: string): Promise<HTTPServerInput> {
  if (/\.[cm]?tsx?$/.test(file)) await readTypeScript(file)
  const exported = (await import(pathToFileURL(file).href)) as { default?: unknown }
  if (!('default' in exported)) throw new ModuleError(`${file} has no default export; ${EXPECTED}`)
  const input = interop(exported.default)
  if (isInput(input)) return input
  throw new ModuleError(`The default export of ${file} is ${kindOf(input)}; ${EXPECTED}`)
}

/**
 * Has Node read TypeScript: by tsx where it is installed, which also finds `./tool.ts` by the name `./tool.js`, and
 * else by Node itself, from 22.18 and 24 on.
 *
 * @throws ModuleError where neither can.
 */
async function readTypeScript(file: string): Promise<void> {
  try {
    // whether a module is CommonJS is for the package.json beside it to say
    const [commonJs, esm] = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')])
    commonJs.register()
    esm.register()
  } catch {
    const { typescript } = process.features as { typescript?: false | 'strip' | 'transform' }
    if (typescript && !file.endsWith('x')) return
    throw new ModuleError(
      `Node ${process.versions.node} does not read ${file}: install tsx (npm install --save-dev tsx), or use Node 22.18 or later for .ts files`,
    )
  }
}

const EXPECTED = 'export a function that builds a server, { name, version, setup }, or a handler with fetch'

// CommonJS that was compiled from `export default`
function interop(value: unknown): unknown {
  const { __esModule, default: inner } = (value ?? {}) as { __esModule?: boolean; default?: unknown }
  return __esModule ? inner : value
}

function isInput(value: unknown): value is HTTPServerInput {
  if (typeof value === 'function') return true
  if (typeof value !== 'object' || value === null) return false
  return 'fetch' in value || 'name' in value || 'version' in value
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Promise) return 'a promise'
  const { connect } = value as { connect?: unknown }
  return typeof connect === 'function'
    ? 'a server, which one client would keep from the others'
    : typeof value
}
