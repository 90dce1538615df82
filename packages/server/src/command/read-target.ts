import { CommandError } from './command-error.ts'
import type { ParsedArguments } from './parse-arguments.ts'
import type { Target } from './target.ts'

/**
 * Reads what a command line names.
 *
 * @throws CommandError if there is no target, or more than one.
 */
export function readTarget({ values, positionals, program = [] }: ParsedArguments): Target {
  const [file, unexpected] = [...positionals, ...program]
  if (file === undefined) throw new CommandError('target-missing', 'The file of the module is missing')
  if (unexpected !== undefined) {
    throw new CommandError('unexpected-argument', `Unexpected argument: ${unexpected}`)
  }
  return { kind: 'module', file, ...(values.export !== undefined && { exportName: values.export }) }
}
