import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { HTTPServerOptions } from '../options.ts'
import { CommandError } from './command-error.ts'
import { expandVariables } from './expand-variables.ts'
import { readServerEntry } from './read-server-entry.ts'
import type { ServerTarget } from './target.ts'

/** One server of a file. */
export interface NamedTarget {
  /** Its name in the file. */
  name: string
  /** The last part of its path: the name in lower case, with a hyphen for each other character. */
  slug: string
  target: ServerTarget
}

/** A file of servers. */
export interface Config {
  servers: NamedTarget[]
  /** The options of `createHTTPServer` in the file. */
  options: HTTPServerOptions
  /** What the file has without effect. */
  warnings: string[]
}

/**
 * Reads a file of servers: `mcpServers`, as other hosts have it, or `servers`. The options of `createHTTPServer` may stand
 * beside it, as `portico`.
 *
 * @param env - Holds the variables that `${NAME}` stands for. No error shows their values.
 * @throws CommandError if the file cannot be read, or a server in it is invalid.
 */
export function readConfig(file: string, env: NodeJS.ProcessEnv): Config {
  const content = parse(file, readText(file))
  const { mcpServers, servers = mcpServers, portico = {} } = content
  if (!isRecord(servers)) {
    throw invalid(file, 'it must have "mcpServers": { "name": { "command": … } or { "url": … } }')
  }
  if (!isRecord(portico)) throw invalid(file, '"portico" must be an object with options of createHTTPServer')
  const warnings: string[] = []
  const context = { env, folder: dirname(resolve(file)), warnings }
  const named = Object.entries(servers).flatMap(([name, entry]): NamedTarget[] => {
    const subject = `${file}: ${JSON.stringify(name)}`
    if (!isRecord(entry)) throw invalid(file, `${JSON.stringify(name)} must be an object`)
    if (entry.disabled === true) return []
    return [{ name, slug: toSlug(name), target: readServerEntry(entry, subject, context) }]
  })
  if (named.length === 0) throw invalid(file, 'it names no server that is not disabled')
  rejectEqualSlugs(file, named)
  return { servers: named, options: expandAll(portico, env, `${file}: portico`), warnings }
}

function expandAll<T>(value: T, env: NodeJS.ProcessEnv, subject: string): T {
  if (typeof value === 'string') return expandVariables(value, env, subject) as T
  if (Array.isArray(value)) return value.map((one, index) => expandAll(one, env, `${subject}.${index}`)) as T
  if (!isRecord(value)) return value
  const entries = Object.entries(value)
  return Object.fromEntries(
    entries.map(([name, one]) => [name, expandAll(one, env, `${subject}.${name}`)]),
  ) as T
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new CommandError('file-not-found', `There is no file ${resolve(file)}`)
    throw new CommandError('config-invalid', `${file} cannot be read (${code})`)
  }
}

function parse(file: string, text: string): Record<string, unknown> {
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // Node's message quotes the file, which may contain secrets
    const [, position] = /position (\d+)/.exec((error as Error).message) ?? []
    const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
    throw invalid(file, `it is not JSON${line === undefined ? '' : ` (line ${line})`}`)
  }
  if (isRecord(content)) return content
  throw invalid(file, 'it must be an object')
}

function rejectEqualSlugs(file: string, servers: NamedTarget[]): void {
  const seen = new Map<string, string>()
  for (const { name, slug } of servers) {
    const other = seen.get(slug)
    if (other !== undefined) {
      throw invalid(
        file,
        `${JSON.stringify(other)} and ${JSON.stringify(name)} would have the same path: rename one`,
      )
    }
    seen.set(slug, name)
  }
}

function toSlug(name: string): string {
  const parts = name.toLowerCase().split(/[^a-z\d._~-]/)
  return parts.filter((part) => part !== '').join('-') || 'server'
}

const invalid = (file: string, problem: string): CommandError =>
  new CommandError('config-invalid', `${file}: ${problem}`)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
