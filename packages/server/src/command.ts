import { parseArgs } from 'node:util'
import type { HTTPServerOptions } from './options.ts'

export const USAGE = `Usage: portico-server <module> [options]

Serves the MCP server that a module of JavaScript or TypeScript exports as its default: a function that
builds a server, an object { name, version, setup }, or a handler.

  --port <port>    where to listen, 0 for any (default: the variable PORT, or else 3001)
  --host <host>    the address to listen on (default: 127.0.0.1)
  --path <path>    the path of the endpoint (default: /mcp)
  --watch          start again when the module, or what it imports, changes
  --log            log requests, as JSON lines on stdout
  --version        print the version
  --help           print this

Exit codes: 0 if it was told to stop, 1 if the module cannot be served, 2 if the command line is invalid.`

/** An invalid command line, or a file that does not exist. */
export class UsageError extends Error {}

/** Serves a module, with the options of the command line. */
export interface ServeCommand {
  kind: 'serve' | 'watch'
  module: string
  options: Pick<HTTPServerOptions, 'port' | 'host' | 'path' | 'logging'>
}

/** What the command line requests. */
export type Command = { kind: 'help' | 'version' } | ServeCommand

/** @throws UsageError */
export function readCommand(args: string[], env: NodeJS.ProcessEnv): Command {
  const { values, positionals } = parse(args)
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  const [module, ...rest] = positionals
  if (module === undefined) throw new UsageError('The file of the module is missing')
  if (rest.length > 0) throw new UsageError(`Unexpected argument: ${rest[0]}`)
  const port = values.port ?? env.PORT
  const options: ServeCommand['options'] = {
    ...(port && { port: readPort(port) }),
    ...(values.host !== undefined && { host: values.host }),
    ...(values.path !== undefined && { path: values.path }),
    ...(values.log && { logging: true }),
  }
  return { kind: values.watch ? 'watch' : 'serve', module, options }
}

/** The arguments that ask for the same, without watching. */
export function buildArguments({ module, options }: ServeCommand): string[] {
  const { port, host, path, logging } = options
  return [
    ...(port === undefined ? [] : [`--port=${port}`]),
    ...(host === undefined ? [] : [`--host=${host}`]),
    ...(path === undefined ? [] : [`--path=${path}`]),
    ...(logging ? ['--log'] : []),
    '--',
    module,
  ]
}

const OPTIONS = {
  port: { type: 'string', short: 'p' },
  host: { type: 'string' },
  path: { type: 'string' },
  watch: { type: 'boolean', short: 'w' },
  log: { type: 'boolean' },
  version: { type: 'boolean', short: 'v' },
  help: { type: 'boolean', short: 'h' },
} as const

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: OPTIONS })
  } catch (error) {
    throw new UsageError(explain(error as Error & { code?: string }, args))
  }
}

/** Returns Node's message; for an unknown option, one that suggests the most similar option. */
function explain({ code, message }: Error & { code?: string }, args: string[]): string {
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return message
  const isKnown = (arg: string) =>
    arg in OPTIONS || Object.values(OPTIONS).some((one) => 'short' in one && one.short === arg)
  const unknown = args.find((arg) => /^--?[^-]/.test(arg) && !isKnown(readOptionName(arg)))
  if (unknown === undefined) return message
  const name = readOptionName(unknown)
  const meant = Object.keys(OPTIONS).find((option) => isSimilar(name, option))
  return `Unknown option '${unknown.split('=', 1)[0]}'${meant ? `; did you mean --${meant}?` : ''}`
}

const readOptionName = (arg: string): string => arg.replace(/^--?/, '').split('=', 1)[0] ?? ''

/** Whether one begins with the other, or they have the same letters (`prot`, `port`). */
function isSimilar(one: string, other: string): boolean {
  const letters = (text: string) => [...text].sort().join('')
  const isBeginning = one.length > 1 && (one.startsWith(other) || other.startsWith(one))
  return isBeginning || letters(one) === letters(other)
}

function readPort(port: string): number {
  if (/^\d+$/.test(port) && Number(port) <= 65_535) return Number(port)
  throw new UsageError(`A port is a number from 0 to 65535, not ${port}`)
}
