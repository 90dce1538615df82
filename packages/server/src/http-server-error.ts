/** The stable id of an error that keeps a server from starting. Compare ids, since texts may change. */
export type HTTPServerErrorCode =
  | 'invalid-input'
  | 'invalid-option'
  | 'unknown-option'
  | 'auth-verifier-missing'
  | 'auth-resource-missing'
  | 'dashboard-needs-authorize'
  | 'metrics-unavailable'
  | 'meter-provider-registered'

/** Details of an {@link HTTPServerError} besides its code and message. */
export interface HTTPServerErrorDetails {
  /** The option that is wrong. */
  option?: string
  /** The error that caused this one. */
  cause?: unknown
}

/** The error that `createHTTPServer` rejects with if its input or options are wrong. */
export class HTTPServerError extends Error {
  /** The stable id. */
  readonly code: HTTPServerErrorCode
  /** The option that is wrong. */
  readonly option: string | undefined

  constructor(code: HTTPServerErrorCode, message: string, { option, cause }: HTTPServerErrorDetails = {}) {
    super(`createHTTPServer: ${message}`, { cause })
    this.name = 'HTTPServerError'
    this.code = code
    this.option = option
  }
}

/** Creates the error for an option that is out of its range or has no effect. */
export const invalidOption = (option: string, why: string): HTTPServerError =>
  new HTTPServerError('invalid-option', `${option} ${why}`, { option })

/**
 * Runs a function that reads an option. An error that it throws becomes an `HTTPServerError` with the code
 * `invalid-option`.
 *
 * @param option - The option that the error names; undefined if the message of the error names it already.
 */
export function withOptionErrors<T>(option: string | undefined, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (cause instanceof HTTPServerError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    const named = option === undefined ? message : `${option}: ${message}`
    throw new HTTPServerError('invalid-option', named, { ...(option && { option }), cause })
  }
}
