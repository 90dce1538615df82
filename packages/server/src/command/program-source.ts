import { createStdioPool } from '@portico-mcp/stdio'
import { CommandError } from './command-error.ts'
import { type CheckedSource, introduce } from './introduce.ts'
import type { CommandTarget } from './target.ts'

/**
 * Creates what serves a program that speaks MCP over stdin and stdout. Its `check` starts the program, and rejects with
 * the last lines that it has written to its standard error.
 */
export function createProgramSource({ kind: _, ...options }: CommandTarget): CheckedSource {
  let isChecking = false
  const pool = createStdioPool({
    ...options,
    // what fails while it is tried is the error of `check`
    onerror: ({ message }) => isChecking || console.error(message),
  })
  const input = () => pool.createServer()
  return {
    input,
    close: () => pool.close(),
    async check() {
      isChecking = true
      try {
        await introduce(input)
      } catch (error) {
        throw new CommandError('program-failed', `The command cannot be served: ${(error as Error).message}`)
      } finally {
        isChecking = false
      }
    },
  }
}
