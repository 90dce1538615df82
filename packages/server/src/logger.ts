import { type DestinationStream, pino } from 'pino'
import { boundDetails, cut } from './bound-details.ts'
import { findRequest } from './current-request.ts'
import { redact } from './redact.ts'

/** Writes log lines: what happened, with its details. A pino logger implements it, and so does `console`. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/**
 * Creates a logger that writes JSON lines to stdout. They name the request that they belong to, and contain no secrets.
 *
 * @param name - The `name` of each line.
 * @param level - The lowest level that is written.
 * @param stream - Where lines are written. @defaultValue stdout
 */
export const createLogger = (
  name: string | undefined,
  level: 'info' | 'warn',
  stream?: NodeJS.WritableStream,
): Logger =>
  pino(
    {
      ...(name !== undefined && { name }),
      level,
      // pino writes into the object
      mixin: () => ({ ...findRequest() }),
      formatters: { log: boundDetails, bindings: boundDetails },
      // `boundDetails` turns errors into objects
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args
          const bounded = [first, ...rest].map((arg) => (typeof arg === 'string' ? cut(arg) : arg))
          method.apply(this, bounded as typeof args)
        },
        streamWrite: redact,
      },
    },
    stream as DestinationStream,
  )

/**
 * Creates a function that logs errors.
 *
 * @param logsRefusals - Whether refusals, which are mistakes of clients, are logged as well.
 */
export function errorLog(logger: Logger, logsRefusals: boolean): (error: Error) => void {
  return (error) => {
    const { reason, status } = error as { reason?: unknown; status?: unknown }
    const isRefusal = error.name === 'OAuthError' || (typeof status === 'number' && status < 500)
    const details = { ...findRequest(error), reason, status }
    if (reason === 'closed') return
    if (!isRefusal || reason === 'internal')
      logger.error({ ...details, err: findCause(error) }, error.message)
    else if (logsRefusals) logger.info(details, error.message)
  }
}

// the message of a masked error is the one that the client gets
const findCause = (error: Error): Error => (error.cause instanceof Error ? error.cause : error)
