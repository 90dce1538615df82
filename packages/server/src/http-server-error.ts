/** The stable id of what keeps a server from starting: tell errors apart by it, never by their text. */
export type HTTPServerErrorCode =
  | 'invalid-input'
  | 'invalid-option'
  | 'unknown-option'
  | 'auth-verifier-missing'
  | 'auth-resource-missing'
  | 'dashboard-needs-authorize'
  | 'metrics-unavailable'
  | 'meter-provider-registered'

/** What an {@link HTTPServerError} may carry besides its code and message. */
export interface HTTPServerErrorDetails {
  /** The option that it is about. */
  option?: string
  /** What went wrong underneath. */
  cause?: unknown
}

/** Why a server was not started. */
export class HTTPServerError extends Error {
  /** The stable id. */
  readonly code: HTTPServerErrorCode
  /** The option that it is about. */
  readonly option: string | undefined

  constructor(code: HTTPServerErrorCode, message: string, { option, cause }: HTTPServerErrorDetails = {}) {
    super(`createHTTPServer: ${message}`, { cause })
    this.name = 'HTTPServerError'
    this.code = code
    this.option = option
  }
}

/** An option that is out of its range, or without effect. */
export const invalidOption = (option: string, why: string): HTTPServerError =>
  new HTTPServerError('invalid-option', `${option} ${why}`, { option })

/** Runs what reads an option; what it throws becomes an `invalid-option`, of its own words where it names none. */
export function reading<T>(option: string | undefined, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof HTTPServerError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    const named = option === undefined ? message : `${option}: ${message}`
    throw new HTTPServerError('invalid-option', named, { ...(option && { option }), cause })
  }
}
