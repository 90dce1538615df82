import { optionRules, type Rules, toLifetimeMs, validateOptions } from '@portico-mcp/core/internal'
import type {
  JsonValue,
  ReleaseClaim,
  SessionChanges,
  SessionData,
  SessionRecord,
  SessionStore,
} from '@portico-mcp/sessions'
import type { RedisBackend } from './backend.ts'

/** Options of {@link RedisSessionStore}. */
export interface RedisSessionStoreOptions {
  /** Milliseconds until a session ends. `sessions()` uses it as `idleTimeoutMs`. @defaultValue 1800000 (30 minutes) */
  ttlMs?: number | undefined
}

const RULES: Rules<keyof RedisSessionStoreOptions> = { ttlMs: optionRules.positive('milliseconds') }

// Times come from Redis, so that the clocks of the nodes need not agree.
const NOW = `
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))`

const CREATE = `${NOW}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'createdAt', now, 'updatedAt', now)
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`

const READ = `${NOW}
return {redis.call('HGETALL', KEYS[1]), now + redis.call('PTTL', KEYS[1])}`

const UPDATE = `${NOW}
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'updatedAt', now)
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == 'null' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
return 1`

const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

const RENEW = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`

/**
 * Stores sessions in Redis, each in a hash (`<prefix>:session:<id>`) that Redis removes when it expires. Every method
 * rejects with a `RedisError` if Redis cannot be reached.
 */
export class RedisSessionStore implements SessionStore {
  /** The `ttlMs` option, or undefined if it was not set. */
  readonly ttlMs: number | undefined
  readonly #redis: RedisBackend
  readonly #ttlMs: number

  /**
   * @param redis - The connection, shared with the other stores and the bus.
   * @throws RangeError if `ttlMs` is not positive.
   */
  constructor(redis: RedisBackend, options: RedisSessionStoreOptions = {}) {
    validateOptions('RedisSessionStore', options, RULES)
    const { ttlMs } = options
    this.#redis = redis
    this.ttlMs = ttlMs
    this.#ttlMs = toLifetimeMs(ttlMs ?? 30 * 60_000, 'RedisSessionStore')
  }

  async sessionExists(sessionId: string): Promise<boolean> {
    return (await this.#redis.run((client) => client.exists(this.#key(sessionId)))) === 1
  }

  async createSession(
    sessionId: string,
    data: SessionData = {},
    ttlMs: number = this.#ttlMs,
  ): Promise<boolean> {
    const parameters = [toLifetimeMs(ttlMs, 'createSession'), ...toFields(data)]
    return (await this.#redis.evaluate(CREATE, [this.#key(sessionId)], parameters)) === 1
  }

  async getSession(sessionId: string): Promise<SessionRecord | undefined> {
    const reply = await this.#redis.evaluate(READ, [this.#key(sessionId)])
    const [fields, expiresAt] = reply as [string[], number]
    return fields.length === 0 ? undefined : toRecord(sessionId, fields, expiresAt)
  }

  async updateSession(sessionId: string, changes: SessionChanges): Promise<boolean> {
    return (await this.#redis.evaluate(UPDATE, [this.#key(sessionId)], toFields(changes))) === 1
  }

  async deleteSession(sessionId: string): Promise<void> {
    await this.#redis.run((client) => client.unlink(this.#key(sessionId)))
  }

  async touchSession(sessionId: string, ttlMs: number = this.#ttlMs): Promise<boolean> {
    const lifetime = toLifetimeMs(ttlMs, 'touchSession')
    return (await this.#redis.run((client) => client.pExpire(this.#key(sessionId), lifetime))) === 1
  }

  async claimSession(sessionId: string, ttlMs: number): Promise<ReleaseClaim | undefined> {
    const key = `${this.#redis.prefix}:claim:${sessionId}`
    const holder = crypto.randomUUID()
    const expiration = { type: 'PX', value: toLifetimeMs(ttlMs, 'claimSession') } as const
    const release = async (): Promise<void> => void (await this.#redis.evaluate(RELEASE, [key], [holder]))
    const renew = async (ms: number): Promise<boolean> =>
      (await this.#redis.evaluate(RENEW, [key], [holder, toLifetimeMs(ms, 'renew')])) === 1
    try {
      const taken = await this.#redis.run((client) =>
        client.set(key, holder, { condition: 'NX', expiration }),
      )
      return taken === null ? undefined : Object.assign(release, { renew })
    } catch (error) {
      // Redis may have stored the claim without answering. It then blocks other claims until it expires.
      release().catch(() => {})
      throw error
    }
  }

  #key(sessionId: string): string {
    return `${this.#redis.prefix}:session:${sessionId}`
  }
}

const DATA = 'data:'

const toFields = (data: SessionData): string[] =>
  Object.entries(data).flatMap(([key, value]) =>
    value === undefined ? [] : [DATA + key, JSON.stringify(value)],
  )

function toRecord(sessionId: string, fields: string[], expiresAt: number): SessionRecord {
  const dates: Record<string, Date> = {}
  const data: [string, JsonValue][] = []
  for (let index = 0; index < fields.length; index += 2) {
    const [name, value] = fields.slice(index, index + 2) as [string, string]
    if (name.startsWith(DATA)) data.push([name.slice(DATA.length), JSON.parse(value)])
    else dates[name] = new Date(Number(value))
  }
  return {
    sessionId,
    createdAt: dates.createdAt as Date,
    updatedAt: dates.updatedAt as Date,
    expiresAt: new Date(expiresAt),
    data: Object.fromEntries(data),
  }
}
