import { redactCredentials } from '@portico-mcp/core/internal'

const HIDDEN = '[redacted]'
const SECRET_NAME = /key|token|secret|pass|auth|cred|cookie|dsn|private/i

/** A value that is shorter than this is too common to be looked for. */
const MIN_SECRET_LENGTH = 6

/**
 * Creates the function that replaces secrets in the log of a process: credentials and parameters of URLs by their form,
 * and the values of its environment variables whose names say that they are secret.
 */
export function createRedaction(env: Readonly<Record<string, string>>): (line: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => SECRET_NAME.test(name) && value.length >= MIN_SECRET_LENGTH)
    .map(([, value]) => value)
  return (line) =>
    redactCredentials(
      secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), line),
      HIDDEN,
    )
}
