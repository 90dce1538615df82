import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HTTPServerInput } from '../input.ts'
import { chooseExport } from './choose-export.ts'
import { CommandError } from './command-error.ts'
import { explainSyntaxError } from './explain-syntax-error.ts'
import { countStdinReaders, waitForStdinReader } from './stdin-listeners.ts'

/**
 * Returns the absolute path of a file.
 *
 * @throws CommandError if there is no such file.
 */
export function resolveFile(path: string): string {
  const file = resolve(path)
  if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file
  throw new CommandError('file-not-found', `There is no file ${file}`)
}

/**
 * Imports a module of JavaScript or TypeScript and returns what it serves.
 *
 * @param exportName - The export to serve. By default it is the default export, or the only one whose name says that it
 *   builds a server, such as `createServer`.
 * @throws CommandError if the module cannot be served; what the module throws.
 */
export async function loadModule(file: string, exportName?: string): Promise<HTTPServerInput> {
  if (isTypeScript(file)) await enableTypeScript(file)
  const readers = countStdinReaders()
  const exported = await importModule(file)
  if (countStdinReaders() > readers) throw connectsToStdio(file)
  try {
    return chooseExport(exported, exportName, file)
  } catch (error) {
    // a program may connect to stdin later, and has nothing to export
    if ((error as CommandError).code === 'export-missing' && (await waitForStdinReader(readers))) {
      throw connectsToStdio(file)
    }
    throw error
  }
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    const explained = explainSyntaxError(error, file)
    throw explained === undefined ? error : new CommandError('syntax-error', explained)
  }
}

const isTypeScript = (file: string): boolean => /\.[cm]?tsx?$/.test(file)

function connectsToStdio(file: string): CommandError {
  const program = `${isTypeScript(file) ? 'npx tsx' : 'node'} ${relative(process.cwd(), file)}`
  return new CommandError(
    'connects-to-stdio',
    `${file} connects to stdin and stdout when it is imported, so that it serves one client only; serve it as a program: portico-server -- ${program}`,
  )
}

/**
 * Makes imports of TypeScript work: with tsx if it is installed, which also resolves `./tool.js` to `./tool.ts`, or
 * with Node's own type stripping (22.18 and later).
 *
 * @throws CommandError if neither is available.
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
    throw new CommandError(
      'typescript-unsupported',
      `Node ${process.versions.node} does not read ${file}: install tsx (npm install --save-dev tsx), or use Node 22.18 or later for .ts files`,
    )
  }
}
