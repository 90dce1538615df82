import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { Refusal } from '../http/errors.ts'
import { sha256 } from '../utils/digest.ts'
import { isObject } from '../utils/type-guards.ts'
import { readClaims, type Subject, subjectOfClaims } from './claims.ts'

/**
 * Returns a key of the caller that is the same for all its tokens; `''` for every anonymous caller. A caller whose claims
 * identify no user is identified by the digest of its token, so that two such callers never share a key.
 *
 * @throws Refusal `unidentified-caller` (500) for an `authInfo` that identifies no user and has no token.
 */
export function identifyPrincipal(authInfo: AuthInfo | undefined): string {
  if (!authInfo) return ''
  const { issuer, subject } = identify(authInfo)
  if (subject === undefined) return callerWithoutSubject(authInfo)
  return JSON.stringify([issuer, serializeSubject(subject), authInfo.clientId])
}

/** Creates a key of the user, which is the same for all its clients; see {@link identifyPrincipal}. */
export function createUserKey(authInfo: AuthInfo): string {
  const { issuer, subject } = identify(authInfo)
  return subject === undefined
    ? callerWithoutSubject(authInfo)
    : `user:${JSON.stringify([issuer, serializeSubject(subject)])}`
}

/** Reads the caller's id for handlers: the subject of the claims, else the fallbacks of {@link identifyPrincipal}. */
export function readSubject(authInfo: AuthInfo): string {
  const { subject } = identify(authInfo)
  if (subject !== undefined) return String(subject.value)
  return authInfo.token === '' ? authInfo.clientId : callerWithoutSubject(authInfo)
}

function identify(authInfo: AuthInfo): { issuer: string | undefined; subject: Subject | undefined } {
  const claims = readClaims(authInfo)
  const { iss } = claims
  return { issuer: typeof iss === 'string' ? iss : undefined, subject: subjectOfClaims(claims) }
}

// A `userId` of 7 and a `sub` of 7 may be two users, and so may the number 7 and the text "7".
function serializeSubject({ member, value }: Subject): unknown {
  const json = typeof value === 'bigint' ? { bigint: String(value) } : value
  return member === 'sub' ? json : { [member]: json }
}

function callerWithoutSubject(authInfo: AuthInfo): string {
  const { token, clientId, extra } = authInfo
  if (typeof token === 'string' && token !== '') return digestToken(authInfo)
  // Without claims, the host itself has identified the caller.
  if (typeof clientId === 'string' && clientId !== '' && !isObject(extra?.claims)) {
    return JSON.stringify([null, null, clientId])
  }
  throw unidentified(authInfo)
}

const digests = new WeakMap<AuthInfo, string>()
let isWarned = false

function digestToken(authInfo: AuthInfo): string {
  const { token, clientId } = authInfo
  const known = digests.get(authInfo)
  if (known !== undefined) return known
  if (!isWarned) {
    console.warn(
      'Portico: a verified caller has neither sub, userId nor id, so it is identified by its token alone: with a new token it is another caller. Let the verifier return sub.',
    )
  }
  isWarned = true
  // The digest has a prefix, so that it differs from a digest in a table of API keys.
  const digest = `token:${sha256(`portico-principal ${JSON.stringify([clientId, token])}`)}`
  digests.set(authInfo, digest)
  return digest
}

/** Creates the refusal of an identity of a host that does not identify a caller. */
export function unidentified(given: unknown): Refusal {
  const names = isObject(given) ? Object.keys(given).join(', ') : ''
  const what = isObject(given)
    ? `an object with ${names || 'no members'}`
    : `${given === null ? null : typeof given}`
  return new Refusal('unidentified-caller', 'authInfo does not identify a caller', {
    cause: new TypeError(
      `authInfo must be { token, clientId, scopes }, or verified claims with a sub, userId or id (got ${what}). Code of this host, such as a middleware that sets req.auth or an authorizer, passed it.`,
    ),
  })
}
