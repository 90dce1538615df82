import {
  createMcpHandler,
  type FetchHandler,
  type McpHttpHandler,
  type McpServerFactory,
} from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { serveStdio } from '@portico-mcp/stdio'
import { noNotifications, takesContext, toFactory } from '../definition.ts'
import type { HTTPServerInput } from '../input.ts'
import { createLogger } from '../logger.ts'
import { createSource } from './create-source.ts'
import type { ServerTarget } from './target.ts'

/**
 * Serves a target over stdin and stdout, to the host that has started this process, until stdin is closed or a signal
 * ends it.
 *
 * @throws CommandError if a module cannot be served; what it throws.
 */
export async function serveOverStdio(target: ServerTarget): Promise<void> {
  // stdout is for messages alone, also while a module is loaded
  for (const name of ['log', 'info', 'debug'] as const) console[name] = console.error
  const { input, close } = await createSource(target)
  const service = serveStdio(toServable(input), { onerror: ({ message }) => console.error(message) })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void service.close())
  await service.closed
  await close?.()
}

function toServable(input: HTTPServerInput): McpServerFactory | FetchHandler {
  if ('fetch' in input) return input
  const factory = typeof input === 'function' ? input : toFactory(input)
  const logger = createLogger('name' in input ? input.name : undefined, 'warn', process.stderr)
  // a server that takes no context announces no changes by it, and has its 2025-era client for itself
  if (!takesContext(input)) return (context) => factory({ ...context, logger, notify: noNotifications })
  const handler: McpHttpHandler = createMcpHandler(
    (context) => factory({ ...context, logger, notify: handler.notify }),
    { legacy: sessions() },
  )
  return handler
}
