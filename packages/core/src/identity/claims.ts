import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { isObject } from '../utils/type-guards.ts'

/** Claims of a token, of a session or of a database's row: whatever a verifier found out. */
export type Claims = Record<string, unknown>

// the order in which they count
const SUBJECT_MEMBERS = ['sub', 'userId', 'id'] as const
const CLIENT_MEMBERS = ['azp', 'client_id', 'clientId', 'cid', 'appid', ...SUBJECT_MEMBERS] as const
const SCOPE_MEMBERS = ['scope', 'scopes', 'scp'] as const

/** The id of a user, and the member of the claims that holds it. */
export interface Subject {
  member: (typeof SUBJECT_MEMBERS)[number]
  value: string | number | bigint
}

// JSON.parse rounds larger numbers, so that one of them may be the ids of two people
const isId = (value: unknown): value is Subject['value'] =>
  (typeof value === 'string' && value.trim() !== '') ||
  (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) ||
  typeof value === 'bigint'

/** An identifier as text; undefined for a value that identifies no user, such as an empty text or `null`. */
export const toIdText = (value: unknown): string | undefined => (isId(value) ? String(value) : undefined)

/** Who claims are about: `sub`, else `userId`, else `id`, a text or a number of at most 2^53 - 1. */
export function subjectOfClaims(claims: Claims): Subject | undefined {
  for (const member of SUBJECT_MEMBERS) {
    const value = claims[member]
    if (isId(value)) return { member, value }
  }
  return undefined
}

/** The client that a token was issued to: `azp`, `client_id`, `cid` or `appid`, else who the claims are about. */
export function readClientId(claims: Claims): string {
  for (const member of CLIENT_MEMBERS) {
    const id = toIdText(claims[member])
    if (id !== undefined) return id
  }
  return ''
}

/** The scopes that claims grant, in `scope`, `scopes` and `scp`; each is a list, or one text with spaces between. */
export const listScopes = (claims: Claims, members: readonly string[] = SCOPE_MEMBERS): string[] => [
  ...new Set(members.flatMap((member) => splitScopes(claims[member]))),
]

function splitScopes(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter(Boolean)
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one !== '')
    : []
}

/** What verified claims say, as the SDK's `AuthInfo`; the claims themselves are its `extra.claims`. */
export function toAuthInfo(token: string, claims: Claims): AuthInfo {
  const { exp } = claims
  return {
    token,
    clientId: readClientId(claims),
    scopes: listScopes(claims),
    ...(typeof exp === 'number' && { expiresAt: exp }),
    extra: { claims },
  }
}

/** What a verifier found out beyond the SDK's own members: `extra.claims`, `extra`, or further members. */
export function readClaims(authInfo: AuthInfo): Claims {
  const { extra } = authInfo
  const further: Claims = {}
  for (const [name, value] of Object.entries(authInfo)) if (!OWN_MEMBERS.has(name)) further[name] = value
  const { claims, ...beside } = extra ?? {}
  return isObject(claims) ? { ...further, ...beside, ...claims } : { ...further, ...extra }
}

const OWN_MEMBERS = new Set([
  'token',
  'clientId',
  'scopes',
  'expiresAt',
  'resource',
  'extra',
  'resourceMetadataUrl',
])
