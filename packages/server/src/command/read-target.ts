import { CommandError } from './command-error.ts'
import { expandVariables } from './expand-variables.ts'
import type { OptionName, OptionValues, ParsedArguments } from './parse-arguments.ts'
import { type CommandTarget, SHARES, type Share, type Target, type UrlTarget } from './target.ts'

/** The options that only one kind of target takes. */
const OPTIONS_OF = {
  module: ['export'],
  command: ['env', 'cwd', 'share'],
  url: ['header', 'share'],
  config: [],
} as const satisfies Record<Target['kind'], readonly OptionName[]>

/**
 * Reads what a command line names: a program after `--`, a URL, a file of servers, or a module.
 *
 * @param env - Holds the variables that `--env NAME` and `${NAME}` in a header stand for.
 * @throws CommandError if there is no target, or an option that it does not take.
 */
export function readTarget(parsed: ParsedArguments, env: NodeJS.ProcessEnv): Target {
  const target = recognizeTarget(parsed, env)
  const allowed: readonly OptionName[] = OPTIONS_OF[target.kind]
  for (const [kind, names] of Object.entries(OPTIONS_OF)) {
    const without = names.find((name) => parsed.values[name] !== undefined && !allowed.includes(name))
    if (without)
      throw new CommandError('option-without-effect', `--${without} has no effect without a ${kind}`)
  }
  return target
}

function recognizeTarget({ values, positionals, program }: ParsedArguments, env: NodeJS.ProcessEnv): Target {
  const [named, unexpected] = program ? [undefined, ...positionals] : positionals
  if (unexpected !== undefined) {
    throw new CommandError('unexpected-argument', `Unexpected argument: ${unexpected}`)
  }
  if (program) return readProgram(program, values, env)
  if (named === undefined) {
    throw new CommandError(
      'target-missing',
      'The file of the module is missing; name a module, a URL, a .json file of servers, or a command after --',
    )
  }
  if (/^https?:\/\//i.test(named)) return readUrl(named, values, env)
  if (named.endsWith('.json')) return { kind: 'config', file: named }
  return { kind: 'module', file: named, ...(values.export !== undefined && { exportName: values.export }) }
}

function readProgram(
  [command, ...args]: string[],
  { env: given = [], cwd, share }: OptionValues,
  env: NodeJS.ProcessEnv,
): CommandTarget {
  if (!command) throw new CommandError('target-missing', 'The command after -- is missing')
  return {
    kind: 'command',
    command,
    args,
    env: Object.fromEntries(given.map((one) => readVariable(one, env))),
    ...(cwd !== undefined && { cwd }),
    ...(share !== undefined && { share: readShare(share) }),
  }
}

/** Reads `NAME=value`, or `NAME` of a variable that is set. */
function readVariable(given: string, env: NodeJS.ProcessEnv): [string, string] {
  const end = given.indexOf('=')
  const name = end === -1 ? given : given.slice(0, end)
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    throw new CommandError(
      'invalid-option',
      '--env takes NAME or NAME=value, with a name of letters, digits and _',
    )
  }
  const value = end === -1 ? env[name] : given.slice(end + 1)
  if (value === undefined)
    throw new CommandError('variable-missing', `--env ${name}: the variable is not set`)
  return [name, value]
}

function readShare(given: string): Share {
  const share = SHARES.find((one) => one === given)
  if (share) return share
  throw new CommandError('invalid-option', `--share must be ${SHARES.join(', ')}, not ${given}`)
}

function readUrl(given: string, { header = [], share }: OptionValues, env: NodeJS.ProcessEnv): UrlTarget {
  if (!URL.canParse(given)) throw new CommandError('invalid-option', 'The URL to serve is malformed')
  const shared = share === undefined ? undefined : readShare(share)
  if (shared === 'none') {
    throw new CommandError('invalid-option', '--share must be caller or all with a URL, not none')
  }
  return {
    kind: 'url',
    url: given,
    headers: Object.fromEntries(header.map((one) => readHeader(one, env))),
    ...(shared && { share: shared }),
  }
}

/** Reads `name: value`. The value may be a secret, which no error shows. */
function readHeader(given: string, env: NodeJS.ProcessEnv): [string, string] {
  const [, name, value] = /^([!#$%&'*+.^`|~\w-]+):(.*)$/.exec(given) ?? []
  if (name === undefined || value === undefined) {
    throw new CommandError('invalid-option', "--header takes 'name: value'")
  }
  return [name, expandVariables(value.trim(), env, `--header ${name}`)]
}
