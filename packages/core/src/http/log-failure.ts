import { Refusal } from './errors.ts'

const hints = new WeakMap<Error, string>()

/** Has {@link logFailure} print what to do with an error. */
export function addHint(error: Error, hint: string): void {
  hints.set(error, hint)
}

/**
 * Prints what went wrong on this side, as servers do that are given no `onerror`. What a client got wrong, the
 * probes of clients (a GET, a session that is over) and requests to a handler that is closed are not printed.
 */
export function logFailure(error: Error): void {
  if (error instanceof Refusal && (error.status < 500 || error.reason === 'closed')) return
  const hint = hints.get(error)
  // a masked error says nothing
  const root = error instanceof Refusal ? (error.cause ?? error) : error
  console.error(...['Portico:', root, ...(hint ? [`\n${hint}`] : [])])
}
