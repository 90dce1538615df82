import { resolve } from 'node:path'
import { optionRules, type Rule } from '@portico-mcp/core/internal'
import { CommandError } from './command-error.ts'
import { expandVariables } from './expand-variables.ts'
import { type ServerTarget, SHARES, type Share } from './target.ts'

/** What reading an entry needs besides it. */
export interface EntryContext {
  env: NodeJS.ProcessEnv
  /** The folder of the file, which relative paths start from. */
  folder: string
  /** Collects what has no effect. */
  warnings: string[]
}

const { text, string } = optionRules

const stringMap: Rule = {
  allowed: 'an object of strings',
  isAllowed: (value) =>
    optionRules.plainObject.isAllowed(value) && Object.values(value as object).every(string.isAllowed),
}

/** The members of an entry, which other hosts have too, besides `module`, `export` and `share`. */
const RULES = {
  command: text,
  args: optionRules.listOf(string, 'strings'),
  env: stringMap,
  cwd: text,
  share: optionRules.oneOf(...SHARES),
  url: text,
  headers: stringMap,
  module: text,
  export: text,
  type: text,
  transport: text,
  disabled: optionRules.flag,
} as const satisfies Record<string, Rule>

interface Entry {
  command?: string
  args?: string[]
  env?: Record<string, string>
  cwd?: string
  share?: Share
  url?: string
  headers?: Record<string, string>
  module?: string
  export?: string
  type?: string
  transport?: string
}

/**
 * Reads one server of a file: a `command` with `args`, `env` and `cwd`, a `url` with `headers`, or a `module`. Variables
 * are expanded in all of them, and no error shows a value.
 *
 * @param subject - Names the file and the server in errors.
 * @throws CommandError if a member is invalid, or a variable is not set.
 */
export function readServerEntry(
  entry: Record<string, unknown>,
  subject: string,
  { env, folder, warnings }: EntryContext,
): ServerTarget {
  for (const [name, value] of Object.entries(entry)) {
    const rule = Object.hasOwn(RULES, name) ? RULES[name as keyof typeof RULES] : undefined
    if (!rule) warnings.push(`${subject}: ${name} has no effect here`)
    else if (!rule.isAllowed(value)) throw invalid(subject, `${name} must be ${rule.allowed}`)
  }
  const given = entry as Entry
  const expand = (value: string, member: string) => expandVariables(value, env, `${subject}: ${member}`)
  const expandAll = (values: Record<string, string> = {}, member: string) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, expand(value, `${member}.${name}`)]),
    )
  const kinds = (['command', 'url', 'module'] as const).filter((kind) => given[kind] !== undefined)
  if (kinds.length !== 1) throw invalid(subject, 'it must have one of command, url and module')
  const { command, args = [], cwd, share, url, module, export: exportName } = given
  if (url !== undefined) {
    rejectSse(given, subject)
    const expanded = expand(url, 'url')
    if (!isHttpUrl(expanded)) throw invalid(subject, 'url must be an http or https URL')
    if (share === 'none') throw invalid(subject, 'share must be "caller" or "all" with a url')
    const headers = expandAll(given.headers, 'headers')
    return { kind: 'url', url: expanded, headers, ...(share !== undefined && { share }) }
  }
  if (module !== undefined) {
    const file = resolve(folder, expand(module, 'module'))
    return { kind: 'module', file, ...(exportName !== undefined && { exportName }) }
  }
  return {
    kind: 'command',
    command: expand(command as string, 'command'),
    args: args.map((arg) => expand(arg, 'args')),
    env: expandAll(given.env, 'env'),
    cwd: resolve(folder, cwd === undefined ? '.' : expand(cwd, 'cwd')),
    ...(share !== undefined && { share }),
  }
}

function rejectSse({ type, transport }: Entry, subject: string): void {
  if (type !== 'sse' && transport !== 'sse') return
  throw invalid(
    subject,
    'the HTTP+SSE transport of 2024-11-05 is not served; give the URL of Streamable HTTP, often /mcp instead of /sse',
  )
}

const isHttpUrl = (url: string): boolean => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)

const invalid = (subject: string, problem: string): CommandError =>
  new CommandError('config-invalid', `${subject}: ${problem}`)
