import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateError } from './create-error.ts'

/** Where the server runs. */
export type Runtime = 'node' | 'workers' | 'lambda' | 'next'

/** The runtimes that have a template. */
export const RUNTIMES: readonly Runtime[] = ['node', 'workers', 'lambda', 'next']

/** Options of {@link createProject}. */
export interface CreateOptions {
  /** Where the server runs. @defaultValue 'node' */
  runtime?: Runtime | undefined
  /** Whether callers sign in at an OpenID provider. @defaultValue false */
  signIn?: boolean | undefined
}

const templates = fileURLToPath(new URL('../templates/', import.meta.url))

/** Files whose names a registry or a package manager would take for its own carry this ending. */
const ENDING = '.template'

const NAME = /^[a-z0-9][a-z0-9._-]{0,213}$/

/**
 * Writes a project: an MCP server with one tool, a test, and what its runtime needs. It installs nothing.
 *
 * @param folder - Where to write it. Its name becomes that of the package and of the server.
 * @param options - See {@link CreateOptions}.
 * @returns The name of the project.
 * @throws CreateError if the folder is not empty, or an option or its name is not allowed.
 */
export function createProject(folder: string, options: CreateOptions = {}): string {
  const { runtime = 'node', signIn = false } = options
  if (!RUNTIMES.includes(runtime)) {
    const allowed = RUNTIMES.join(', ')
    throw new CreateError('option-invalid', `The runtime must be one of ${allowed} (got ${runtime})`)
  }
  const target = resolve(folder)
  const name = checkName(basename(target))
  checkEmpty(target)
  const values = { name, version: readVersion() }
  for (const layer of ['base', runtime, ...(signIn ? [`${runtime}-sign-in`] : [])]) {
    copyTemplate(join(templates, layer), target, values)
  }
  return name
}

/** The version of this package, which is that of all packages of Portico. */
export function readVersion(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new CreateError(
    'name-invalid',
    `The folder must have a name that a package can have: lower-case letters, digits, ".", "_" and "-" (got ${JSON.stringify(name)})`,
  )
}

function checkEmpty(target: string): void {
  const found = existsSync(target) ? readdirSync(target).filter((file) => file !== '.git') : []
  if (found.length === 0) return
  throw new CreateError('folder-not-empty', `${target} is not empty: it has ${found.slice(0, 3).join(', ')}`)
}

function copyTemplate(from: string, to: string, values: Record<string, string>): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const target = join(to, entry.name.endsWith(ENDING) ? entry.name.slice(0, -ENDING.length) : entry.name)
    if (entry.isDirectory()) copyTemplate(source, target, values)
    else copyFile(source, target, values)
  }
}

function copyFile(source: string, target: string, values: Record<string, string>): void {
  mkdirSync(dirname(target), { recursive: true })
  cpSync(source, target)
  const text = readFileSync(target, 'utf8')
  const filled = text.replace(/__(NAME|VERSION)__/g, (_, key: string) => values[key.toLowerCase()] as string)
  if (filled !== text) writeFileSync(target, filled)
}
