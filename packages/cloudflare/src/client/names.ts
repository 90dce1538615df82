import { sha256 } from '@portico-mcp/core/internal'

/** Computes a digest of 22 letters, digits, `-` and `_`: 132 bits of SHA-256. */
export const digest = (text: string): string => sha256(text, 'base64url').slice(0, 22)

// Sessions name their channel and their events by the percent-encoded id, so all that a session has is in one object.
const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)

/** The object of a session, by its id. */
export const nameSessionObject = (sessionId: string): string => nameScopeObject(percentEncode(sessionId))

/** The object of a session, by the scope of its events, which is also its channel. */
export const nameScopeObject = (scope: string): string => `session:${digest(scope)}`

/** The least length of what is taken for a session id. */
const MIN_ID_LENGTH = 16

/**
 * The object of a claim. The claim of a request is named `<session id>.<request id>`, and belongs into the object of the
 * session.
 */
export function nameClaimObject(name: string): string {
  const dot = name.lastIndexOf('.')
  return nameSessionObject(dot < MIN_ID_LENGTH ? name : name.slice(0, dot))
}

/**
 * The object of a record of an authorization server: one of 64. Most of these records are read once or twice, and an object
 * takes longer to answer for the first time than later.
 */
export const nameOAuthObject = (id: string): string => `oauth:${digest(id).slice(0, 1)}`
