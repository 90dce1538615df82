import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from './command.ts'
import type { HTTPServerInput } from './input.ts'

/** A module whose default export cannot be served. */
export class ModuleError extends Error {}

/**
 * Returns the absolute path of a module's file.
 *
 * @throws UsageError if there is no such file.
 */
export function resolveFile(module: string): string {
  const file = resolve(module)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw new UsageError(`There is no file ${file}`)
  return file
}

/**
 * Imports a module of JavaScript or TypeScript and returns its default export.
 *
 * @throws ModuleError if the default export cannot be served; what the module throws.
 */
export async function loadModule(file: string): Promise<HTTPServerInput> {
  if (/\.[cm]?tsx?$/.test(file)) await enableTypeScript(file)
  const exported = (await import(pathToFileURL(file).href)) as { default?: unknown }
  if (!('default' in exported)) throw new ModuleError(`${file} has no default export; ${EXPECTED}`)
  const input = interop(exported.default)
  if (isInput(input)) return input
  throw new ModuleError(`The default export of ${file} is ${describeKind(input)}; ${EXPECTED}`)
}

/**
 * Makes imports of TypeScript work: with tsx if it is installed, which also resolves `./tool.js` to `./tool.ts`, or
 * with Node's own type stripping (22.18 and later).
 *
 * @throws ModuleError if neither is available.
 */
async function enableTypeScript(file: string): Promise<void> {
  try {
    // the package.json beside a module decides whether it is CommonJS
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

function describeKind(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value instanceof Promise) return 'a promise'
  const { connect } = value as { connect?: unknown }
  return typeof connect === 'function' ? 'a server, which could serve one client only' : typeof value
}
