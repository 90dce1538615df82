import { Refusal } from './errors.ts'

const hints = new WeakMap<Error, string>()

/** Adds advice to an error, which {@link logFailure} prints. */
export function addHint(error: Error, hint: string): void {
  hints.set(error, hint)
}

/**
 * Prints failures of the server: the default of `onerror`. It does not print mistakes of clients, their probes (a GET, a
 * session that is over) and requests to a closed handler.
 */
export function logFailure(error: Error): void {
  if (error instanceof Refusal && (error.status < 500 || error.reason === 'closed')) return
  const hint = hints.get(error)
  // The message of a masked error is only "Internal error", so its cause is printed.
  const root = error instanceof Refusal ? (error.cause ?? error) : error
  console.error(...['Portico:', root, ...(hint ? [`\n${hint}`] : [])])
}
