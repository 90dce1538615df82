import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { NAMES, seconds } from './session-update.ts'
import { type Item, now, type Table } from './table.ts'

/** The key of an item. A type, since an interface is not assignable to the SDK's `Record`. */
export type SessionKey = { sessionId: AttributeValue }

export const TOKEN_NAMES: Record<string, string> = { ...NAMES, '#token': 'token' }

// The SDK may retry a write that has already arrived. The condition then matches its own token.
const FREE = 'attribute_not_exists(sessionId) OR #ttl <= :now OR #token = :token'

/** @throws TypeError if the id is not 1 to 256 characters of visible ASCII. */
export function buildSessionKey(sessionId: string): SessionKey {
  if (/^[\x21-\x7e]{1,256}$/.test(sessionId)) return { sessionId: { S: sessionId } }
  throw new TypeError('A session id is 1 to 256 characters of visible ASCII')
}

/** The key of a session's lease. No session has it, since no session id holds a space. */
export function buildClaimKey(sessionId: string): SessionKey {
  const { S } = buildSessionKey(sessionId).sessionId
  return { sessionId: { S: `claim ${S}` } }
}

/** Tells whether an item has not expired. DynamoDB deletes expired items up to days later. */
export function isLive(item: Item | undefined): item is Item {
  return Number(item?.ttl?.N) > now()
}

/** Writes an item unless a live one exists. Resolves to false if one does. */
export function putIfFree(table: Table, item: Item & { token: AttributeValue }): Promise<boolean> {
  return table.put({
    Item: item,
    ConditionExpression: FREE,
    ExpressionAttributeNames: TOKEN_NAMES,
    ExpressionAttributeValues: { ':now': seconds(), ':token': item.token },
  })
}
