import { createMcpHandler, type McpServerFactory } from '@portico-mcp/core'
import { createStdioPool } from '@portico-mcp/stdio'
import type { Source } from '../source.ts'
import { CommandError } from './command-error.ts'
import type { CommandTarget } from './target.ts'

/** A source that can be tried before anything listens. */
export interface CheckedSource extends Source {
  /** @throws CommandError if it does not answer. */
  check?: () => Promise<void>
}

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

/** Sends the server of a factory what a client begins with. */
async function introduce(factory: McpServerFactory): Promise<void> {
  let failure: Error | undefined
  const handler = createMcpHandler(factory, {
    onerror: (error) => {
      failure = error
    },
  })
  const { status } = await handler.fetch(
    new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: INTRODUCTION }),
    }),
  )
  await handler.close()
  if (status === 200) return
  throw failure?.cause instanceof Error ? failure.cause : (failure ?? new Error(`it answered ${status}`))
}

const INTRODUCTION = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'portico-server', version: '0' },
}
