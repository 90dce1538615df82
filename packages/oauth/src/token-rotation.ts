import type { SessionData } from '@portico-mcp/sessions'
import type { Grant, GrantRecords, LoadedGrant } from './grant-records.ts'
import type { OAuthStore } from './oauth-store.ts'
import { toRecordOwner } from './record-owner.ts'
import { OAuthServerRefusal } from './refusal.ts'

/** The members of a grant's record that hold when each generation of its refresh token was first used. */
const ROTATED = 'rotated-'
/** How many generations are recorded. Of older ones only the fact is known that they have been used. */
const RECORDED_GENERATIONS = 4
const MIN_MARKER_TTL_MS = 60_000

/** Where the uses of refresh tokens are recorded, and for how long a used one is accepted again. */
export interface RotationRecords {
  records: GrantRecords
  /** Holds the markers that decide which of several parallel requests is the first. */
  markers: OAuthStore
  graceMs: number
}

/**
 * Records the use of a refresh token (OAuth 2.1 §4.3.1).
 *
 * @param generation - The generation of the token that was presented.
 * @returns `first` if this is the first use; `repeated` if it is a later use that is accepted, because the grace period
 *   lasts and the successor is unused; `reused` if it is not accepted.
 * @throws OAuthServerRefusal `unknown-refresh-token` if the grant was revoked meanwhile.
 */
export async function recordUse(
  grantId: string,
  generation: number,
  { grant, data }: LoadedGrant,
  rotation: RotationRecords,
): Promise<'first' | 'repeated' | 'reused'> {
  const { latest, usedAt } = findLatestUse(data)
  if (generation < latest) return 'reused'
  if (generation === latest) return isInGrace(Date.now() - usedAt, rotation)
  if (await createMarker(grantId, generation, grant, rotation)) {
    const changes = { [`${ROTATED}${generation}`]: Date.now(), ...dropOldGenerations(data, generation) }
    if (await rotation.records.update(grantId, changes)) return 'first'
    throw new OAuthServerRefusal('unknown-refresh-token')
  }
  // A parallel request uses the token right now, or it failed before it recorded the use.
  return isInGrace(await readMarkerAge(grantId, generation, rotation), rotation)
}

const isInGrace = (ageMs: number, { graceMs }: RotationRecords): 'repeated' | 'reused' =>
  ageMs > graceMs || graceMs === 0 ? 'reused' : 'repeated'

const buildMarkerId = (grantId: string, generation: number): string =>
  `oauth-taken-refresh-${grantId}-${generation}`

/** Creates the marker of a generation. The step is atomic across all nodes. Returns `false` if it exists. */
function createMarker(
  grantId: string,
  generation: number,
  { user }: Grant,
  { markers, graceMs }: RotationRecords,
): Promise<boolean> {
  const ttlMs = Math.max(graceMs * 2, MIN_MARKER_TTL_MS)
  return markers.createSession(buildMarkerId(grantId, generation), {}, ttlMs, toRecordOwner(user))
}

async function readMarkerAge(
  grantId: string,
  generation: number,
  { markers }: RotationRecords,
): Promise<number> {
  const marker = await markers.getSession(buildMarkerId(grantId, generation))
  return marker ? Date.now() - marker.createdAt.getTime() : Number.POSITIVE_INFINITY
}

/** Finds the latest generation that was used, and when; -1 if none was. */
function findLatestUse(data: SessionData): { latest: number; usedAt: number } {
  const latest = Math.max(-1, ...listGenerations(data))
  return { latest, usedAt: Number(data[`${ROTATED}${latest}`] ?? 0) }
}

const listGenerations = (data: SessionData): number[] =>
  Object.keys(data).flatMap((name) => (name.startsWith(ROTATED) ? [Number(name.slice(ROTATED.length))] : []))

/** Builds the changes that remove old generations from a record. */
const dropOldGenerations = (data: SessionData, generation: number): SessionData =>
  Object.fromEntries(
    listGenerations(data)
      .filter((one) => one <= generation - RECORDED_GENERATIONS)
      .map((one) => [`${ROTATED}${one}`, null]),
  )
