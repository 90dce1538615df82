const HIDDEN = '[redacted]'

const SECRET_NAMES = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'mcp-session-id',
  'x-api-key',
  'api[-_]?key',
  'pass(?:word|phrase)?',
  'secret',
  '[a-z\\d]*[-_]?secret',
  '(?:access|refresh|id|auth|session)?[-_]?token',
  'private[-_]?key',
].join('|')

const MEMBER = new RegExp(`("(?:${SECRET_NAMES})":)(?:"(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\])`, 'gi')
const CREDENTIALS = /\b(Bearer|Basic|DPoP) +[\w.~+/=-]{4,}/gi
const PARAMETER =
  /([?&](?:access_token|refresh_token|id_token|token|code|client_secret|api_?key)=)[^&#\s"\\]+/gi
// a JWT, wherever it stands (RFC 7515 section 3.1)
const COMPACT = /\beyJ[\w-]{5,}\.[\w-]*\.[\w-]*/g

/** A log line in JSON without the secrets that are known by their names or by what they look like. */
export const redact = (line: string): string =>
  line
    .replace(MEMBER, `$1"${HIDDEN}"`)
    .replace(CREDENTIALS, `$1 ${HIDDEN}`)
    .replace(PARAMETER, `$1${HIDDEN}`)
    .replace(COMPACT, HIDDEN)
