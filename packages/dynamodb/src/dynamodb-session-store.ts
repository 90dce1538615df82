import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type {
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import { checkName, fromAttributes, toAttributes } from './attribute-value.ts'
import { claimSession } from './claim-session.ts'
import { DynamoDBStoreError } from './dynamodb-store-error.ts'
import { buildSessionKey, isLive, putIfFree } from './session-item.ts'
import {
  applyChanges,
  buildChangeValues,
  buildUpdate,
  CHANGED,
  CHANGED_NAMES,
  type Change,
  LIVE,
  NAMES,
  seconds,
} from './session-update.ts'
import { type DynamoDBOptions, TABLE_RULES, Table, toTtl } from './table.ts'
import { sessionsTableName } from './table-name.ts'

/** Options of {@link DynamoDBSessionStore}. */
export interface DynamoDBSessionStoreOptions extends DynamoDBOptions {
  /** Name of the table. @defaultValue the environment variable `DYNAMODB_TABLE_NAME`, or `mcp-sessions` */
  tableName?: string | undefined
  /**
   * Seconds until an idle session expires; the default of the option `idleTimeoutMs` of `sessions` too.
   * @defaultValue the `idleTimeoutMs` of `sessions` (30 minutes); without `sessions`, 86400 (a day)
   */
  ttlSeconds?: number | undefined
}

/** How many names one expression may change. DynamoDB allows 4 kB and 300 operators in an expression. */
const MAX_NAMES = 100

/** How often a change is tried while other nodes change the same session. */
const MAX_ATTEMPTS = 20

const RULES: Rules<keyof DynamoDBSessionStoreOptions> = {
  ...TABLE_RULES,
  tableName: optionRules.string,
  ttlSeconds: optionRules.positive('seconds'),
}

/**
 * Keeps sessions in a DynamoDB table, one item each: partition key `sessionId` (string), `createdAt` and `updatedAt`
 * (ISO dates), `ttl` (epoch seconds, the table's TTL attribute), `data` (a map), `token` (identifies the write that
 * created the item) and `version` (identifies the last change). The lease of a session is another item, whose key is
 * `claim`, a space and the session id.
 *
 * An expired session is gone for every method, even if DynamoDB has not deleted it yet. Keep the clocks of all nodes
 * within a second of each other. Every method rejects with a `DynamoDBStoreError` if DynamoDB fails, and with a
 * TypeError if a session id is not 1 to 256 characters of visible ASCII, or a name in the data is empty or
 * `__proto__`.
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

  /** @throws RangeError if `ttlSeconds` is not positive. */
  constructor(options: DynamoDBSessionStoreOptions = {}) {
    validateOptions('DynamoDBSessionStore', options, RULES)
    this.#table = new Table(sessionsTableName(options.tableName), options)
    const { ttlSeconds } = options
    this.#ttlMs = (ttlSeconds ?? 86_400) * 1000
    this.ttlMs = ttlSeconds && ttlSeconds * 1000
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    const Key = buildSessionKey(sessionId)
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
    return putIfFree(this.#table, {
      ...buildSessionKey(sessionId),
      createdAt: { S: date },
      updatedAt: { S: date },
      ttl: toTtl(ttlMs),
      data: { M: toAttributes(data) },
      token: { S: crypto.randomUUID() },
    })
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const item = await this.#table.get({ Key: buildSessionKey(sessionId) })
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
      : this.#table.update(buildUpdate(buildSessionKey(sessionId), changing))
  }

  async deleteSession(sessionId: string): Promise<void> {
    await this.#table.delete({ Key: buildSessionKey(sessionId) })
  }

  async touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    return this.#table.update({
      Key: buildSessionKey(sessionId),
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: LIVE,
      ExpressionAttributeNames: NAMES,
      ExpressionAttributeValues: { ':now': seconds(), ':ttl': toTtl(ttlMs) },
    })
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    return claimSession(this.#table, sessionId, ttlMs)
  }

  /** Closes the client, unless it was passed as an option. */
  close(): void {
    this.#table.close()
  }

  /** Changes more names than an expression can have: replaces all data, if it has not changed since it was read. */
  async #replaceData(sessionId: string, changing: readonly Change[]): Promise<boolean> {
    const Key = buildSessionKey(sessionId)
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
          ...buildChangeValues(),
          ...(item.version && { ':before': item.version }),
          ':data': { M: applyChanges(item.data?.M ?? {}, changing) },
        },
      })
      if (isReplaced) return true
    }
    const message = `Others kept writing to a session of table ${this.#table.name}`
    throw new DynamoDBStoreError('ContentionError', message)
  }
}
