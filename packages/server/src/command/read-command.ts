import type { HTTPServerOptions } from '../options.ts'
import { CommandError } from './command-error.ts'
import { type OptionName, type OptionValues, parseArguments } from './parse-arguments.ts'
import { readTarget } from './read-target.ts'
import type { Target } from './target.ts'

/** Options of the HTTP server that the command line has. */
export type CommandOptions = Pick<
  HTTPServerOptions,
  'port' | 'host' | 'path' | 'logging' | 'stateless' | 'publicUrl' | 'trustProxy' | 'auth'
>

/** Serves a target. */
export interface ServeCommand {
  kind: 'serve'
  target: Target
  options: CommandOptions
  /** Whether to serve over stdin and stdout, instead of HTTP. */
  stdio: boolean
  /** The files of a certificate, to serve HTTPS. */
  tls: { cert: string; key: string } | undefined
  /** Whether to start again when a file changes. */
  watch: boolean
}

/** What the command line requests. */
export type Command = { kind: 'help' | 'version' } | ServeCommand

/**
 * Reads the command line.
 *
 * @throws CommandError if it is invalid.
 */
export function readCommand(args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const parsed = parseArguments(args)
  const { values } = parsed
  if (values.help) return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  const target = readTarget(parsed, env)
  if (values.stdio) rejectWithStdio(values, target)
  return {
    kind: 'serve',
    target,
    options: readOptions(values, env),
    stdio: values.stdio ?? false,
    tls: readTls(values),
    watch: values.watch ?? false,
  }
}

const OF_HTTP = [
  'port',
  'host',
  'path',
  'sessions',
  'stateless',
  'log',
  'public-url',
  'trust-proxy',
  'issuer',
  'scope',
  'tls-cert',
  'tls-key',
  'watch',
] as const satisfies readonly OptionName[]

function rejectWithStdio(values: OptionValues, { kind }: Target): void {
  if (kind === 'config') {
    throw new CommandError(
      'option-without-effect',
      '--stdio serves one server: name its module, command or URL instead of a file of servers',
    )
  }
  const without = OF_HTTP.find((name) => values[name] !== undefined)
  if (without) throw new CommandError('option-without-effect', `--${without} has no effect with --stdio`)
}

function readOptions(values: OptionValues, env: NodeJS.ProcessEnv): CommandOptions {
  const port = values.port ?? env.PORT
  const { host, path, log, issuer, scope, sessions, stateless } = values
  const { 'public-url': publicUrl, 'trust-proxy': trustProxy } = values
  if (sessions && stateless) {
    throw new CommandError('invalid-option', '--sessions and --stateless exclude each other: give one')
  }
  if (scope && !issuer) {
    throw new CommandError(
      'option-without-effect',
      '--scope has no effect without --issuer: name the authorization server whose tokens are accepted',
    )
  }
  return {
    ...(port && { port: readPort(port) }),
    ...(host !== undefined && { host }),
    ...(path !== undefined && { path }),
    ...(log && { logging: true }),
    ...((sessions || stateless) && { stateless: stateless ?? false }),
    ...(publicUrl !== undefined && { publicUrl }),
    ...(trustProxy && { trustProxy }),
    ...(issuer && { auth: { authorizationServers: issuer, ...(scope && { requiredScopes: scope }) } }),
  }
}

function readPort(port: string): number {
  if (/^\d+$/.test(port) && Number(port) <= 65_535) return Number(port)
  throw new CommandError('invalid-option', `A port is a number from 0 to 65535, not ${port}`)
}

function readTls({ 'tls-cert': cert, 'tls-key': key }: OptionValues): ServeCommand['tls'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert !== undefined && key !== undefined) return { cert, key }
  const [given, missing] = cert === undefined ? ['key', 'cert'] : ['cert', 'key']
  throw new CommandError('invalid-option', `--tls-${given} takes --tls-${missing} beside it`)
}
