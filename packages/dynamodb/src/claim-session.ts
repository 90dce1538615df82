import type { ReleaseClaim } from '@portico-mcp/sessions'
import { buildClaimKey, putIfFree, TOKEN_NAMES } from './session-item.ts'
import { LIVE, seconds } from './session-update.ts'
import { type Table, toTtl } from './table.ts'

/**
 * Takes the lease of a session, which is an item beside that of the session.
 *
 * @param ttlMs - Milliseconds until the lease expires.
 * @returns What renews and releases the lease; undefined if another node holds it.
 */
export async function claimSession(
  table: Table,
  sessionId: string,
  ttlMs: number,
): Promise<ReleaseClaim | undefined> {
  const Key = buildClaimKey(sessionId)
  const token = { S: crypto.randomUUID() }
  const held = {
    Key,
    ConditionExpression: '#token = :token',
    ExpressionAttributeNames: { '#token': 'token' },
    ExpressionAttributeValues: { ':token': token },
  }
  const release = async (): Promise<void> => void (await table.delete(held))
  const renew = (ms: number): Promise<boolean> =>
    table.update({
      Key,
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: `#token = :token AND ${LIVE}`,
      ExpressionAttributeNames: TOKEN_NAMES,
      ExpressionAttributeValues: { ':token': token, ':now': seconds(), ':ttl': toTtl(ms) },
    })
  try {
    const isTaken = await putIfFree(table, { ...Key, ttl: toTtl(ttlMs), token })
    return isTaken ? Object.assign(release, { renew }) : undefined
  } catch (error) {
    // A write that timed out may have arrived. It then blocks other claims until it expires.
    release().catch(() => {})
    throw error
  }
}
