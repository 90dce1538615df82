import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { Refusal } from '../http/errors.ts'
import { sha256 } from '../utils/digest.ts'
import { isObject } from '../utils/type-guards.ts'
import { readClaims, type Subject, subjectOfClaims } from './claims.ts'

/**
 * Who a caller is, whatever token it comes with; `''` for every anonymous caller. Two callers that nothing tells
 * apart are never the same: one whose claims identify no user is known by the digest of its token.
 *
 * @throws Refusal `unidentified-caller` (500) for an `authInfo` that identifies no user and has no token.
 */
export function identifyPrincipal(authInfo: AuthInfo | undefined): string {
  if (!authInfo) return ''
  const { issuer, subject } = identify(authInfo)
  if (subject === undefined) return callerWithoutSubject(authInfo)
  return JSON.stringify([issuer, serializeSubject(subject), authInfo.clientId])
}

/** Who a caller is, whatever client it uses; see {@link identifyPrincipal}. */
export function createUserKey(authInfo: AuthInfo): string {
  const { issuer, subject } = identify(authInfo)
  return subject === undefined
    ? callerWithoutSubject(authInfo)
    : `user:${JSON.stringify([issuer, serializeSubject(subject)])}`
}

/** Whom a handler is told of, as text: the subject of the claims, else what else is known; see {@link identifyPrincipal}. */
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

// a `userId` of 7 and a `sub` of 7 may be two people, and so may a number and a text
function serializeSubject({ member, value }: Subject): unknown {
  const json = typeof value === 'bigint' ? { bigint: String(value) } : value
  return member === 'sub' ? json : { [member]: json }
}

function callerWithoutSubject(authInfo: AuthInfo): string {
  const { token, clientId, extra } = authInfo
  if (typeof token === 'string' && token !== '') return digestToken(authInfo)
  // without claims, the host itself has said who it is
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
      'Portico: a verified caller has neither sub, userId nor id, so it is known by its token alone and is somebody else with the next one. Let the verifier return sub.',
    )
  }
  isWarned = true
  // not the digest that a table of API keys may hold
  const digest = `token:${sha256(`portico-principal ${JSON.stringify([clientId, token])}`)}`
  digests.set(authInfo, digest)
  return digest
}

/** The refusal of an identity that a host passed and that does not identify a caller. */
export function unidentified(given: unknown): Refusal {
  const names = isObject(given) ? Object.keys(given).join(', ') : ''
  const what = isObject(given)
    ? `an object with ${names || 'no members'}`
    : `${given === null ? null : typeof given}`
  return new Refusal('unidentified-caller', 'The host passed an identity that identifies nobody', {
    cause: new TypeError(
      `authInfo must be { token, clientId, scopes }, or verified claims with a sub, userId or id (got ${what}). Code of this host, such as a middleware that sets req.auth or an authorizer, passed it.`,
    ),
  })
}
