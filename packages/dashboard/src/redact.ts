import { redactCompact } from './redact-compact.ts'

const REDACTED = '[redacted]'

const SECRET_NAME =
  /(?:^|[_.-])(?:authorization|cookie|credential|passphrase|password|passwd|pwd|secret|token|apikey|assertion|signature)s?$|(?:api|access|private|client|session|signing|encryption)[_-]?key$|[a-z](?:Token|Secret|Password|Key|Cookie|Credentials?)$/
const SECRET_NAME_LOUD =
  /^(?:AUTHORIZATION|COOKIE|PASSWORD|SECRET|TOKEN)$|[A-Z]_(?:TOKEN|SECRET|PASSWORD|KEY)$/
const NO_SECRET = new Set([
  'progressToken',
  'progress_token',
  'nextToken',
  'publicKey',
  'primaryKey',
  'idempotencyKey',
])

const MEMBER = /"([\w$.-]+)"(\s*:\s*)"((?:[^"\\]|\\.)*)("|$)/g
const QUOTED_MEMBER = /\\"([\w$.-]+)\\"(\s*:\s*)\\"((?:[^"\\]|\\\\[^"])*)(\\"|$)/g
const BEARER = /\b(Bearer|Basic|DPoP)\s+[\w.~+/=-]{6,}/gi

/** Removes what looks like a secret from JSON text: members with such a name, bearer tokens and JWTs. */
export function redact(text: string): string {
  const members = (whole: string, name: string, colon: string, _: string, end: string): string =>
    isSecretName(name) ? `"${name}"${colon}"${REDACTED}${end}` : whole
  const quotedMembers = (whole: string, name: string, colon: string, _: string, end: string): string =>
    isSecretName(name) ? `\\"${name}\\"${colon}\\"${REDACTED}${end}` : whole
  const named = text
    .replace(MEMBER, members)
    .replace(QUOTED_MEMBER, quotedMembers)
    .replace(BEARER, `$1 ${REDACTED}`)
  return redactCompact(named, REDACTED)
}

/** Returns whether the value of a member with this name is hidden. */
export const isSecretName = (name: string): boolean =>
  !NO_SECRET.has(name) && (SECRET_NAME.test(name) || SECRET_NAME_LOUD.test(name))
