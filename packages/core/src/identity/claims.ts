import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { isObject } from '../utils/type-guards.ts'

/** The claims that a verifier returned, of a token, a session or a row of a database. */
export type Claims = Record<string, unknown>

// The first member that identifies a user is used.
const SUBJECT_MEMBERS = ['sub', 'userId', 'id'] as const
const CLIENT_MEMBERS = ['azp', 'client_id', 'clientId', 'cid', 'appid', ...SUBJECT_MEMBERS] as const
const SCOPE_MEMBERS = ['scope', 'scopes', 'scp'] as const

/** The id of a user, and the member of the claims that holds it. */
export interface Subject {
  member: (typeof SUBJECT_MEMBERS)[number]
  value: string | number | bigint
}

// JSON.parse rounds larger numbers, so that two ids can become the same number.
const isId = (value: unknown): value is Subject['value'] =>
  (typeof value === 'string' && value.trim() !== '') ||
  (typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) ||
  typeof value === 'bigint'

/** Converts an identifier to text; undefined for a value that identifies no user, such as an empty text or `null`. */
export const toIdText = (value: unknown): string | undefined => (isId(value) ? String(value) : undefined)

/** Reads the subject of claims: `sub`, else `userId`, else `id`, a text or a number of at most 2^53 - 1. */
export function subjectOfClaims(claims: Claims): Subject | undefined {
  for (const member of SUBJECT_MEMBERS) {
    const value = claims[member]
    if (isId(value)) return { member, value }
  }
  return undefined
}

/** Reads the client of a token: `azp`, `client_id`, `cid` or `appid`, else the subject of the claims. */
export function readClientId(claims: Claims): string {
  for (const member of CLIENT_MEMBERS) {
    const id = toIdText(claims[member])
    if (id !== undefined) return id
  }
  return ''
}

/** Lists the scopes of claims, in `scope`, `scopes` and `scp`; each is a list, or one text separated by spaces. */
export const listScopes = (claims: Claims, members: readonly string[] = SCOPE_MEMBERS): string[] => [
  ...new Set(members.flatMap((member) => splitScopes(claims[member]))),
]

function splitScopes(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter(Boolean)
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one !== '')
    : []
}

/** Converts verified claims to the SDK's `AuthInfo`, which has them as `extra.claims`. */
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

/** Reads the claims of a verifier from `extra.claims`, from `extra`, or from members that the SDK does not define. */
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
