import { redactCredentials } from '@portico-mcp/core/internal'
import { redactCompact } from '@portico-mcp/dashboard'

const HIDDEN = '[redacted]'

const SECRET_NAME =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|mcp-session-id|x-api-key|api[-_]?key|pass(?:word|phrase)?|(?:[a-z\d]+[-_]?)?secret|(?:access|refresh|id|auth|session)?[-_]?token|private[-_]?key)$/i
const MEMBER = /("([\w-]+)":)(?:"(?:[^"\\]|\\.)*"|\[[^[\]]*\])/g

/** Replaces secrets in a log line of JSON, which it finds by their names and their form. */
export const redact = (line: string): string =>
  redactCompact(
    redactCredentials(
      line.replace(MEMBER, (whole: string, start: string, name: string) =>
        SECRET_NAME.test(name) ? `${start}"${HIDDEN}"` : whole,
      ),
      HIDDEN,
    ),
    HIDDEN,
  )

/** Returns whether log lines leave out members of this name. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)
