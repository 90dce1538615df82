const JOINED_BY_DOTS = /[\w.-]+/g

// a header that is JSON in base64url (RFC 7515 section 3.1) begins with `{"`
const START = 'eyJ'
const SHORTEST_HEADER = 8

/**
 * Removes tokens in compact form (JWS, JWE) from a text, also the beginning of one that was cut.
 *
 * @internal
 */
export const redactCompact = (text: string, hidden: string): string =>
  text.replace(JOINED_BY_DOTS, (joined) => {
    const start = findToken(joined)
    return start < 0 ? joined : joined.slice(0, start) + hidden
  })

function findToken(joined: string): number {
  let offset = 0
  for (const part of joined.split('.').slice(0, -1)) {
    const start = part.indexOf(START)
    if (start >= 0 && part.length - start >= SHORTEST_HEADER) return offset + start
    offset += part.length + 1
  }
  return -1
}
