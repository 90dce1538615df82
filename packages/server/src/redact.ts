import { redactCompact } from '@portico-mcp/dashboard'

const HIDDEN = '[redacted]'

const SECRET_NAME =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|mcp-session-id|x-api-key|api[-_]?key|pass(?:word|phrase)?|(?:[a-z\d]+[-_]?)?secret|(?:access|refresh|id|auth|session)?[-_]?token|private[-_]?key)$/i
const MEMBER = /("([\w-]+)":)(?:"(?:[^"\\]|\\.)*"|\[[^[\]]*\])/g
const CREDENTIALS = /\b(Bearer|Basic|DPoP) +[\w.~+/=-]{4,}/gi
const PARAMETER =
  /([?&](?:access_token|refresh_token|id_token|token|code|client_secret|api_?key|key)=)[^&#\s"\\]+/gi

/** Replaces secrets in a log line of JSON, which it finds by their names and their form. */
export const redact = (line: string): string =>
  redactCompact(
    line
      .replace(MEMBER, (whole: string, start: string, name: string) =>
        SECRET_NAME.test(name) ? `${start}"${HIDDEN}"` : whole,
      )
      .replace(CREDENTIALS, `$1 ${HIDDEN}`)
      .replace(PARAMETER, `$1${HIDDEN}`),
    HIDDEN,
  )

/** Returns whether log lines leave out members of this name. */
export const isSecretName = (name: string): boolean => SECRET_NAME.test(name)
