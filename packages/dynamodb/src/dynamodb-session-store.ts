import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import { checkName, fromAttributes, toAttribute, toAttributes } from './attribute-value.ts'
import { type DynamoDBOptions, type Item, now, positive, Table, toTtl } from './table.ts'
import { sessionsTableName } from './table-name.ts'

/** Options of {@link DynamoDBSessionStore}. */
export interface DynamoDBSessionStoreOptions extends DynamoDBOptions {
  /** @defaultValue the environment variable `DYNAMODB_TABLE_NAME`, or else `mcp-sessions` */
  tableName?: string
  /**
   * Seconds until a session ends; `sessions` takes it for its `idleTimeoutMs`.
   * @defaultValue what `sessions` says, 30 minutes; without it 86400, a day
   */
  ttlSeconds?: number
}

const NAMES = { '#ttl': 'ttl' }
const TOKEN_NAMES = { ...NAMES, '#token': 'token' }
const LIVE = '#ttl > :now'
// a retry of a write that arrived finds its own token
const FREE = 'attribute_not_exists(sessionId) OR #ttl <= :now OR #token = :token'

/**
 * Sessions in a DynamoDB table, an item each: partition key `sessionId` (string), `createdAt` and `updatedAt`
 * (ISO dates), `ttl` (epoch seconds, the table's TTL attribute), `data` (a map) and `token` (the write that made
 * it). A lease is an item of its own, under `claim`, a space and the id.
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
    const names: Record<string, string> = { ...NAMES, '#data': 'data', '#updatedAt': 'updatedAt' }
    const values: Item = { ':now': seconds(), ':updatedAt': { S: new Date(Date.now()).toISOString() } }
    const set = ['#updatedAt = :updatedAt']
    const remove: string[] = []
    for (const [index, [name, value]] of Object.entries(changes).entries()) {
      if (value === undefined) continue
      names[`#${index}`] = checkName(name)
      if (value === null) {
        remove.push(`#data.#${index}`)
        continue
      }
      values[`:${index}`] = toAttribute(value)
      set.push(`#data.#${index} = :${index}`)
    }
    return this.#table.update({
      Key: keyOf(sessionId),
      UpdateExpression: `SET ${set}${remove.length > 0 ? ` REMOVE ${remove}` : ''}`,
      ConditionExpression: LIVE,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    })
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
      // A write that timed out may have arrived: nobody else could have the claim before it ends.
      release().catch(() => {})
      throw error
    }
  }

  /** Closes the connections, unless a client was given. */
  close(): void {
    this.#table.close()
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

const seconds = (): AttributeValue => ({ N: String(now()) })

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
