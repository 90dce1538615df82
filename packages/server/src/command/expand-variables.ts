import { CommandError } from './command-error.ts'

const REFERENCE = /\$\{([^${}]*)\}/g

/**
 * Replaces `${NAME}` by the value of a variable, and `${NAME:-text}` by the text where the variable is not set, as other
 * hosts do in their files of servers. `${env:NAME}` is the same as `${NAME}`.
 *
 * @param subject - Names what contains the reference, in errors. They never show a value.
 * @throws CommandError `variable-missing` if a variable is not set, or if a reference is one that only an editor knows.
 */
export function expandVariables(text: string, env: NodeJS.ProcessEnv, subject: string): string {
  return text.replace(REFERENCE, (_, reference: string) => {
    const [, prefix, name, fallback] = /^(?:(\w+):)?(\w+)(?::-(.*))?$/s.exec(reference) ?? []
    if (name === undefined || (prefix !== undefined && prefix !== 'env')) {
      throw new CommandError(
        'variable-missing',
        `${subject}: a reference other than \${NAME} or \${NAME:-text} is not known; write \${NAME}, and set this variable`,
      )
    }
    const value = env[name] ?? fallback
    if (value !== undefined) return value
    throw new CommandError('variable-missing', `${subject}: the variable ${name} is not set`)
  })
}
