import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import { checkName, fromAttributes, toAttributes } from './attribute-value.ts'
import { DynamoDBStoreError } from './dynamodb-store-error.ts'
import {
  CHANGED,
  CHANGED_NAMES,
  type Change,
  changedItem,
  changedNow,
  LIVE,
  NAMES,
  seconds,
  updateOf,
} from './session-update.ts'
import { type DynamoDBOptions, type Item, now, positive, Table, toTtl } from './table.ts'
import { sessionsTableName } from './table-name.ts'

/** Options of {@link DynamoDBSessionStore}. */
export interface DynamoDBSessionStoreOptions extends DynamoDBOptions {
  /** @defaultValue the environment variable `DYNAMODB_TABLE_NAME`, or else `mcp-sessions` */
  tableName?: string | undefined
  /**
   * Seconds until a session ends; `sessions` takes it for its `idleTimeoutMs`.
   * @defaultValue what `sessions` says, 30 minutes; without it 86400, a day
   */
  ttlSeconds?: number | undefined
}

/** Names that one expression changes: DynamoDB takes 4 kB and 300 operators in one. */
const MAX_NAMES = 100

const MAX_ATTEMPTS = 20

const TOKEN_NAMES = { ...NAMES, '#token': 'token' }
// a retry of a write that arrived finds its own token
const FREE = 'attribute_not_exists(sessionId) OR #ttl <= :now OR #token = :token'

/**
 * Sessions in a DynamoDB table, an item each: partition key `sessionId` (string), `createdAt` and `updatedAt`
 * (ISO dates), `ttl` (epoch seconds, the table's TTL attribute), `data` (a map), `token` (the write that made it)
 * and `version` (the last change). A lease is an item of its own, under `claim`, a space and the id.
 *
 * What has ended is gone for every method, whether DynamoDB has deleted it yet or not. The clocks of nodes
 * count: keep them within a second of each other. Every method rejects with a `DynamoDBStoreError` where DynamoDB
 * fails, and with a TypeError for an id that is not 1 to 256 characters of visible ASCII, and for a name in the data that is empty or `__proto__`.
 *
 * @example
 * ```ts
 * import { DynamoDBSessionStore } from '@portico-mcp/dynamodb'
 *
 * export const store = new DynamoDBSessionStore({ tableName: 'my-sessions', ttlSeconds: 3600 })
 * ```
 */
export class DynamoDBSessionStore implements SessionStore {
  /** The option `ttlSeconds` in milliseconds, if it was given. */
  readonly ttlMs: number | undefined
  readonly #table: Table
  readonly #ttlMs: number

  /** @throws RangeError for a time that is not positive. */
  constructor(options: DynamoDBSessionStoreOptions = {}) {
    this.#table = new Table(sessionsTableName(options.tableName), options)
    const { ttlSeconds } = options
    this.#ttlMs = positive('ttlSeconds', ttlSeconds ?? 86_400) * 1000
    this.ttlMs = ttlSeconds && ttlSeconds * 1000
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    const Key = keyOf(sessionId)
    return isLive(
      await this.#table.get({ Key, ProjectionExpression: '#ttl', ExpressionAttributeNames: NAMES }),
    )
  }

  async createSession(
    sessionId: string,
    data: SessionData = {},
    ttlMs: number = this.#ttlMs,
  ): Promise<boolean> {
    const date = new Date(Date.now()).toISOString()
    return this.#putToken({
      ...keyOf(sessionId),
      createdAt: { S: date },
      updatedAt: { S: date },
      ttl: toTtl(ttlMs),
      data: { M: toAttributes(data) },
      token: { S: crypto.randomUUID() },
    })
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const item = await this.#table.get({ Key: keyOf(sessionId) })
    if (!isLive(item)) return undefined
    return {
      sessionId,
      createdAt: new Date(item.createdAt?.S ?? 0),
      updatedAt: new Date(item.updatedAt?.S ?? 0),
      expiresAt: new Date(Number(item.ttl?.N) * 1000),
      data: fromAttributes(item.data?.M ?? {}),
    }
  }

  async updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    const changing = Object.entries(changes).filter((change): change is Change => change[1] !== undefined)
    for (const [name] of changing) checkName(name)
    return changing.length > MAX_NAMES
      ? this.#replaceData(sessionId, changing)
      : this.#table.update(updateOf(keyOf(sessionId), changing))
  }

  async deleteSession(sessionId: string): Promise<void> {
    await this.#table.delete({ Key: keyOf(sessionId) })
  }

  async touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#table.update({
      Key: keyOf(sessionId),
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: LIVE,
      ExpressionAttributeNames: NAMES,
      ExpressionAttributeValues: { ':now': seconds(), ':ttl': toTtl(ttlMs) },
    })
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    const Key = claimKeyOf(sessionId)
    const token = { S: crypto.randomUUID() }
    const held = {
      Key,
      ConditionExpression: '#token = :token',
      ExpressionAttributeNames: { '#token': 'token' },
      ExpressionAttributeValues: { ':token': token },
    }
    const release = async (): Promise<void> => void (await this.#table.delete(held))
    const renew = (ms: number): Promise<boolean> =>
      this.#table.update({
        Key,
        UpdateExpression: 'SET #ttl = :ttl',
        ConditionExpression: `#token = :token AND ${LIVE}`,
        ExpressionAttributeNames: TOKEN_NAMES,
        ExpressionAttributeValues: { ':token': token, ':now': seconds(), ':ttl': toTtl(ms) },
      })
    try {
      const isTaken = await this.#putToken({ ...Key, ttl: toTtl(ttlMs), token })
      return isTaken ? Object.assign(release, { renew }) : undefined
    } catch (error) {
      // A write that timed out may have arrived. It then blocks other claims until it expires.
      release().catch(() => {})
      throw error
    }
  }

  /** Closes the connections, unless a client was given. */
  close(): void {
    this.#table.close()
  }

  /** Changes more names than an expression can hold: all data at once, unless it has changed meanwhile. */
  async #replaceData(sessionId: string, changing: readonly Change[]): Promise<boolean> {
    const Key = keyOf(sessionId)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const item = await this.#table.get({ Key })
      if (!isLive(item)) return false
      const isReplaced = await this.#table.update({
        Key,
        UpdateExpression: `SET ${CHANGED}, #data = :data`,
        ConditionExpression: `${LIVE} AND ${item.version ? '#version = :before' : 'attribute_not_exists(#version)'}`,
        ExpressionAttributeNames: { ...NAMES, ...CHANGED_NAMES, '#data': 'data' },
        ExpressionAttributeValues: {
          ':now': seconds(),
          ...changedNow(),
          ...(item.version && { ':before': item.version }),
          ':data': { M: changedItem(item.data?.M ?? {}, changing) },
        },
      })
      if (isReplaced) return true
    }
    const message = `Others kept writing to a session of table ${this.#table.name}`
    throw new DynamoDBStoreError('ContentionError', message)
  }

  #putToken(item: Item & { token: AttributeValue }): Promise<boolean> {
    return this.#table.put({
      Item: item,
      ConditionExpression: FREE,
      ExpressionAttributeNames: TOKEN_NAMES,
      ExpressionAttributeValues: { ':now': seconds(), ':token': item.token },
    })
  }
}

function isLive(item: Item | undefined): item is Item {
  return Number(item?.ttl?.N) > now()
}

function keyOf(sessionId: string): { sessionId: AttributeValue } {
  if (/^[\x21-\x7e]{1,256}$/.test(sessionId)) return { sessionId: { S: sessionId } }
  throw new TypeError('A session id is 1 to 256 characters of visible ASCII')
}

/** The space keeps it apart from every session's. */
function claimKeyOf(sessionId: string): { sessionId: AttributeValue } {
  const { S } = keyOf(sessionId).sessionId
  return { sessionId: { S: `claim ${S}` } }
}
