import { createMcpHandler, type McpServerFactory } from '@portico-mcp/core'
import type { Source } from '../source.ts'

/** A source that can be tried before anything listens. */
export interface CheckedSource extends Source {
  /** @throws CommandError if it does not answer. */
  check?: () => Promise<void>
}

/**
 * Sends the server of a factory what a client begins with.
 *
 * @throws Why it does not answer.
 */
export async function introduce(factory: McpServerFactory): Promise<void> {
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
