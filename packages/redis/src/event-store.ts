import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, toLifetimeMs, validateOptions } from '@portico-mcp/core/internal'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import type { RedisBackend } from './backend.ts'
import { digest } from './digest.ts'

/** Options of {@link RedisEventStore}. */
export interface RedisEventStoreOptions {
  /** The number of events that are stored for each stream. Beyond it, the oldest is removed. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /**
   * Milliseconds after which an event is removed. For less than five minutes, see `EventStore`.
   * @defaultValue 600000 (ten minutes)
   */
  ttlMs?: number | undefined
}

// Redis stores a field name once for many entries that share it, so the stream's id is the field name.
const STORE = `
local stream, index = KEYS[1], KEYS[2]
local name, message, maxEvents, ttl, member = unpack(ARGV)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local oldest = string.format('%.0f', math.max(0, now - ttl))
local id = redis.call('XADD', stream, 'MAXLEN', maxEvents, '*', name, message)
redis.call('XTRIM', stream, 'MINID', oldest)
redis.call('PEXPIRE', stream, ttl)
redis.call('ZREMRANGEBYSCORE', index, '-inf', '(' .. oldest)
redis.call('ZADD', index, string.format('%.0f', now), member)
redis.call('PEXPIRE', index, ttl)
return id`

/** The position of an event. */
interface Position {
  scope: string
  stream: string
  entry: string
}

// Two digests, and the entry id of Redis.
const EVENT_ID = /^([\w-]{22})\.([\w-]{22})\.((?:0|[1-9]\d{0,14})-(?:0|[1-9]\d{0,14}))$/

const RULES: Rules<keyof RedisEventStoreOptions> = {
  maxEventsPerStream: optionRules.integerFrom(1),
  ttlMs: optionRules.positive('milliseconds'),
}

/**
 * Stores events in Redis, each stream in a Redis stream that is trimmed at every write. Redis assigns the ids by its own
 * clock. The streams of one scope, and an index of them, are in the same slot of a Cluster
 * (`<prefix>:events:{<digest>}:<digest>`).
 *
 * Every method rejects with a `RedisError` if Redis cannot be reached.
 */
export class RedisEventStore implements EventStore {
  readonly #redis: RedisBackend
  readonly #maxEvents: number
  readonly #ttlMs: number

  /**
   * @param redis - The connection, shared with the other stores and the bus.
   * @throws RangeError if a limit is not positive.
   */
  constructor(redis: RedisBackend, options: RedisEventStoreOptions = {}) {
    validateOptions('RedisEventStore', options, RULES)
    const { maxEventsPerStream = 1000, ttlMs = 10 * 60_000 } = options
    this.#redis = redis
    this.#maxEvents = maxEventsPerStream
    this.#ttlMs = toLifetimeMs(ttlMs, 'RedisEventStore')
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const scope = digest(streamId.slice(0, streamId.indexOf('/')))
    const stream = digest(streamId)
    const keys = [this.#streamKey(scope, stream), this.#indexKey(scope)]
    const parameters = [streamId, JSON.stringify(message), this.#maxEvents, this.#ttlMs, stream]
    const entry = await this.#redis.evaluate(STORE, keys, parameters)
    return `${scope}.${stream}.${entry}`
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const position = parsePosition(eventId)
    const [event] = await this.#read(position, position.entry)
    return event?.streamId
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const position = parsePosition(lastEventId)
    const [last, ...events] = await this.#read(position, '+')
    if (last?.entry !== position.entry) return ''
    for (const { entry, message } of events) {
      await send(`${position.scope}.${position.stream}.${entry}`, JSON.parse(message))
    }
    return last.streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    const scopeDigest = digest(scope)
    const index = this.#indexKey(scopeDigest)
    const streams = await this.#redis.run((client) => client.zRange(index, 0, -1))
    if (streams.length === 0) return
    const keys = streams.map((stream) => this.#streamKey(scopeDigest, stream))
    await this.#redis.run((client) => client.unlink(keys))
    // The index itself is not deleted, since a stream may have been added in the meantime.
    await this.#redis.run((client) => client.zRem(index, streams))
  }

  /** Reads the entries from a position on in one command, so that there is no gap. */
  async #read(
    { scope, stream, entry }: Position,
    end: string,
  ): Promise<{ entry: string; streamId: string; message: string }[]> {
    const entries = await this.#redis.run((client) =>
      client.xRange(this.#streamKey(scope, stream), entry, end),
    )
    return entries.map(({ id, message }) => {
      const [[streamId, text]] = Object.entries(message) as [[string, string]]
      return { entry: id, streamId, message: text }
    })
  }

  #indexKey(scope: string): string {
    return `${this.#redis.prefix}:events:{${scope}}`
  }

  #streamKey(scope: string, stream: string): string {
    return `${this.#indexKey(scope)}:${stream}`
  }
}

// A malformed id is looked up too, so that an unreachable Redis causes a rejection for every id.
function parsePosition(eventId: string): Position {
  const [, scope = '', stream = '', entry = '0-0'] = EVENT_ID.exec(eventId) ?? []
  return { scope, stream, entry }
}
