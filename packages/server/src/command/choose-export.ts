import type { HTTPServerInput } from '../input.ts'
import { CommandError } from './command-error.ts'
import { EXPECTED, recognizeExport, recognizeRoute } from './recognize-export.ts'

/** The usual names of a function that builds a server. */
const BUILDER = /^(?:create|build|make|new|get)?(?:mcp)?server$/i

/**
 * Chooses what to serve of the exports of a module: the one of a given name, otherwise the default export, otherwise
 * the only one whose name says that it builds a server.
 *
 * @param exported - The namespace of the module.
 * @param name - The name that the command line gives.
 * @param file - Names the module in errors.
 * @throws CommandError if the export is missing, ambiguous or cannot be served.
 */
export function chooseExport(
  exported: Record<string, unknown>,
  name: string | undefined,
  file: string,
): HTTPServerInput {
  // Node names the exports of CommonJS like this too
  const { default: given, 'module.exports': _, ...rest } = exported
  const main = interop(given)
  // CommonJS has its exports in an object, which is the default export
  const named = isBag(main) ? { ...rest, ...main } : rest
  if (name !== undefined) return chooseNamed({ ...named, default: main }, name, file)
  if ('default' in exported && !isBag(main)) return serve(main, `The default export of ${file}`)
  return chooseBuilder(named, file)
}

function chooseNamed(exported: Record<string, unknown>, name: string, file: string): HTTPServerInput {
  if (exported[name] === undefined) {
    throw new CommandError('export-missing', `${file} has no export ${name}; ${list(exported)}`)
  }
  return serve(exported[name], `The export ${name} of ${file}`)
}

function chooseBuilder(exported: Record<string, unknown>, file: string): HTTPServerInput {
  const route = recognizeRoute(exported)
  if (route) return route
  const builders = Object.keys(exported).filter((name) => BUILDER.test(name) && isServable(exported[name]))
  const [only, other] = builders
  if (only !== undefined && other === undefined) return serve(exported[only], `The export ${only} of ${file}`)
  if (other !== undefined) {
    throw new CommandError(
      'export-ambiguous',
      `${file} has no default export, but ${builders.join(' and ')}: choose one, such as --export ${only}`,
    )
  }
  throw new CommandError(
    'export-missing',
    `${file} has no default export; ${list(exported)}. Name the one to serve with --export, or ${EXPECTED}`,
  )
}

function serve(value: unknown, subject: string): HTTPServerInput {
  const recognized = recognizeExport(value)
  if ('input' in recognized) return recognized.input
  throw new CommandError(recognized.code, `${subject} is ${recognized.is}; ${recognized.instead}`)
}

function list(exported: Record<string, unknown>): string {
  const names = Object.keys(exported).filter((name) => exported[name] !== undefined && name !== '__esModule')
  return names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
}

// CommonJS that was compiled from `export default`
function interop(value: unknown): unknown {
  const { __esModule, default: inner } = (value ?? {}) as { __esModule?: boolean; default?: unknown }
  return __esModule && inner !== undefined ? inner : value
}

// a server that is exported by itself is refused with what to write instead
const isServable = (value: unknown): boolean =>
  typeof value === 'function' || (typeof value === 'object' && value !== null)

/** Returns whether a value is an object of exports, rather than an export. */
function isBag(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const { code } = recognizeExport(value) as { code?: string }
  return code === 'not-servable' && Object.values(value).some((member) => typeof member === 'function')
}
