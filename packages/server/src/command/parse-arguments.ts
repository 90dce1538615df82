import { parseArgs } from 'node:util'
import { CommandError } from './command-error.ts'

const OPTIONS = {
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  path: { type: 'string' },
  export: { type: 'string', short: 'e' },
  stdio: { type: 'boolean' },
  sessions: { type: 'boolean' },
  stateless: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  log: { type: 'boolean' },
  env: { type: 'string', multiple: true },
  cwd: { type: 'string' },
  share: { type: 'string' },
  header: { type: 'string', multiple: true },
  'public-url': { type: 'string' },
  'trust-proxy': { type: 'string', multiple: true },
  issuer: { type: 'string', multiple: true },
  scope: { type: 'string', multiple: true },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The names of options that take a value. */
type ValueName = 'port' | 'host' | 'path' | 'export' | 'cwd' | 'share' | 'public-url' | 'tls-cert' | 'tls-key'
/** The names of options that may be given several times. */
type ListName = 'env' | 'header' | 'trust-proxy' | 'issuer' | 'scope'
type FlagName = 'stdio' | 'sessions' | 'stateless' | 'watch' | 'log' | 'version' | 'help'

export type OptionName = keyof typeof OPTIONS

/** The options of a command line. */
export type OptionValues = Partial<Record<ValueName, string>> &
  Partial<Record<ListName, string[]>> &
  Partial<Record<FlagName, boolean>>

/** The parts of a command line. */
export interface ParsedArguments {
  values: OptionValues
  positionals: string[]
  /** The program and its arguments, which follow `--`. */
  program: string[] | undefined
}

/**
 * Splits a command line into its parts.
 *
 * @throws CommandError for an unknown option, or one without its value.
 */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const end = args.indexOf('--')
  const own = end === -1 ? [...args] : args.slice(0, end)
  const program = end === -1 ? undefined : args.slice(end + 1)
  try {
    const { values, positionals } = parseArgs({ args: own, allowPositionals: true, options: OPTIONS })
    return { values, positionals, program }
  } catch (error) {
    throw explain(error as Error & { code?: string }, own)
  }
}

/** Builds the command line that has these parts. */
export function buildArguments({ values, positionals, program }: ParsedArguments): string[] {
  const options = Object.entries(values).flatMap(([name, value]) =>
    [value].flat().map((one) => (one === true ? `--${name}` : `--${name}=${one}`)),
  )
  return [...options, ...positionals, ...(program ? ['--', ...program] : [])]
}

/** Returns an error with Node's message; for an unknown option, one that suggests the most similar option. */
function explain({ code, message }: Error & { code?: string }, args: string[]): CommandError {
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return new CommandError('invalid-option', message)
  const isKnown = (arg: string) =>
    arg in OPTIONS || Object.values(OPTIONS).some((one) => 'short' in one && one.short === arg)
  const unknown = args.find((arg) => /^--?[^-]/.test(arg) && !isKnown(readOptionName(arg)))
  if (unknown === undefined) return new CommandError('unknown-option', message)
  const name = readOptionName(unknown)
  const meant = Object.keys(OPTIONS).find((option) => isSimilar(name, option))
  const help = meant ? `; did you mean --${meant}?` : ''
  return new CommandError('unknown-option', `Unknown option '${unknown.split('=', 1)[0]}'${help}`)
}

const readOptionName = (arg: string): string => arg.replace(/^--?/, '').split('=', 1)[0] ?? ''

/** Whether one begins with the other, or they have the same letters (`prot`, `port`). */
function isSimilar(one: string, other: string): boolean {
  const letters = (text: string) => [...text].sort().join('')
  const isBeginning = one.length > 1 && (one.startsWith(other) || other.startsWith(one))
  return isBeginning || letters(one) === letters(other)
}
