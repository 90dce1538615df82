/**
 * The base of the errors that answer a request which is not served. Each package has one class of them, with one table
 * of its reasons.
 *
 * @typeParam Reason - The stable ids of the class.
 * @internal
 */
export class RefusalError<Reason extends string = string> extends Error {
  /** The stable id of the refusal. Compare it, and not the message. */
  declare readonly reason: Reason

  /**
   * @param name - The name of the class.
   * @param reason - The stable id.
   * @param message - Reaches the client, so it holds no secret.
   * @param cause - The underlying error; it is reported and never sent.
   */
  constructor(name: string, reason: Reason, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = name
    this.reason = reason
  }

  /** Accepts any value, also a revoked proxy, for which `instanceof` would throw otherwise. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    try {
      // biome-ignore lint/complexity/noThisInStatic: the class on the right of `instanceof`, which may extend this one
      return Function.prototype[Symbol.hasInstance].call(this, value)
    } catch {
      return false
    }
  }
}
