import { AsyncLocalStorage } from 'node:async_hooks'
import { pino } from 'pino'
import { boundDetails, cut } from './bound-details.ts'
import { redact } from './redact.ts'

/** Writes log lines: what happened, with its details. A logger of pino is one, and so is `console`. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What log lines say of the request that they belong to. */
export interface RequestDetails {
  requestId: string
}

/** The request that is being answered. */
export const currentRequest: AsyncLocalStorage<RequestDetails> = new AsyncLocalStorage()

/**
 * Logs JSON lines on stdout, which name the request and hold no secrets.
 *
 * @param level - The least severe one that is written.
 */
export const createLogger = (name: string | undefined, level: 'info' | 'warn'): Logger =>
  pino({
    ...(name !== undefined && { name }),
    level,
    // which pino writes into
    mixin: () => ({ ...currentRequest.getStore() }),
    formatters: { log: boundDetails, bindings: boundDetails },
    // an error is made an object, and bounded, with the details that it is among
    serializers: { err: (error: unknown) => error },
    hooks: {
      logMethod(args, method) {
        const [first, ...rest] = args
        const bounded = [first, ...rest].map((arg) => (typeof arg === 'string' ? cut(arg) : arg))
        method.apply(this, bounded as typeof args)
      },
      streamWrite: redact,
    },
  })

/** Logs what a part was refused or failed by: refusals are a client's affair, the rest is the operator's. */
export function errorLog(logger: Logger, logsRefusals: boolean): (error: Error) => void {
  return (error) => {
    const { reason, status } = error as { reason?: unknown; status?: unknown }
    const isRefusal = error.name === 'OAuthError' || (typeof status === 'number' && status < 500)
    const details = { ...currentRequest.getStore(), reason, status }
    if (reason === 'closed') return
    if (!isRefusal || reason === 'internal') logger.error({ ...details, err: rootOf(error) }, error.message)
    else if (logsRefusals) logger.info(details, error.message)
  }
}

// a masked error says nothing
const rootOf = (error: Error): Error => (error.cause instanceof Error ? error.cause : error)
