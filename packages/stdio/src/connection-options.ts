import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { optionRules, type Rule } from '@portico-mcp/core/internal'

/** The sender of a request, as the option `caller` gets it. */
export interface StdioCaller {
  /** The verified identity; undefined for an anonymous caller. */
  readonly authInfo: AuthInfo | undefined
  /** The HTTP headers of the request. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** Options of connections to processes and to remote servers. */
export interface ConnectionOptions {
  /**
   * Returns a key of the caller, for `share: 'caller'`.
   * @defaultValue the identity in `authInfo`; all anonymous callers are one
   */
  caller?: ((caller: StdioCaller) => string) | undefined
  /** Milliseconds without a request after which a shared connection is closed. @defaultValue 300000 (5 minutes) */
  idleTimeoutMs?: number | undefined
  /** The largest message of the server, in bytes. A server that sends a larger one is ended. @defaultValue 16777216 */
  maxMessageBytes?: number | undefined
  /** Takes errors of the server, such as a crash. @defaultValue `console.error` */
  onerror?: ((error: Error) => void) | undefined
}

/** A rule for an object of strings that no error shows, since it may hold secrets. */
export const SECRET_STRINGS: Rule = optionRules.secret({
  ...optionRules.plainObject,
  allowed: 'an object of strings',
  isAllowed: (value) =>
    optionRules.plainObject.isAllowed(value) &&
    Object.values(value as object).every((text) => typeof text === 'string'),
})
