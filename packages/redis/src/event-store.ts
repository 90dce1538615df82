import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import type { RedisConnection } from './connection.ts'
import { digestOf } from './digest.ts'
import { lifetimeOf } from './lifetime.ts'

/** Options of {@link RedisEventStore}. */
export interface RedisEventStoreOptions {
  /** Events of one stream that are kept; beyond, the oldest goes. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /** Milliseconds that an event is kept; for less than five minutes, see `EventStore`. @defaultValue 600000, ten minutes */
  ttlMs?: number | undefined
}

// a field that all entries share is kept once for many of them: the stream's own name is one
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

/** Where an event is. */
interface Place {
  scope: string
  stream: string
  entry: string
}

// two digests, and the id of an entry as Redis writes it
const EVENT_ID = /^([\w-]{22})\.([\w-]{22})\.((?:0|[1-9]\d{0,14})-(?:0|[1-9]\d{0,14}))$/

const RULES: Rules<keyof RedisEventStoreOptions> = {
  maxEventsPerStream: optionRules.integerFrom(1),
  ttlMs: optionRules.positive('milliseconds'),
}

/**
 * Events in Redis, one Redis stream for each of theirs, trimmed at every write. Redis gives the ids, and its
 * clock alone counts. Streams of one scope are in one slot of a Cluster
 * (`<prefix>:events:{<digest>}:<digest>`), with an index of them.
 *
 * Every method rejects with a `RedisError` where Redis cannot be reached.
 */
export class RedisEventStore implements EventStore {
  readonly #redis: RedisConnection
  readonly #maxEvents: number
  readonly #ttlMs: number

  /**
   * @param redis - The connection, shared with the other stores and the bus.
   * @throws RangeError for a limit that is not positive.
   */
  constructor(redis: RedisConnection, options: RedisEventStoreOptions = {}) {
    validateOptions('RedisEventStore', options, RULES)
    const { maxEventsPerStream = 1000, ttlMs = 10 * 60_000 } = options
    this.#redis = redis
    this.#maxEvents = maxEventsPerStream
    this.#ttlMs = lifetimeOf(ttlMs, 'RedisEventStore')
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const scope = digestOf(streamId.slice(0, streamId.indexOf('/')))
    const stream = digestOf(streamId)
    const keys = [this.#streamKey(scope, stream), this.#indexKey(scope)]
    const parameters = [streamId, JSON.stringify(message), this.#maxEvents, this.#ttlMs, stream]
    const entry = await this.#redis.evaluate(STORE, keys, parameters)
    return `${scope}.${stream}.${entry}`
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const place = placeOf(eventId)
    const [event] = await this.#read(place, place.entry)
    return event?.streamId
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const place = placeOf(lastEventId)
    const [last, ...events] = await this.#read(place, '+')
    if (last?.entry !== place.entry) return ''
    for (const { entry, message } of events) {
      await send(`${place.scope}.${place.stream}.${entry}`, JSON.parse(message))
    }
    return last.streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    const digest = digestOf(scope)
    const index = this.#indexKey(digest)
    const streams = await this.#redis.run((client) => client.zRange(index, 0, -1))
    if (streams.length === 0) return
    const keys = streams.map((stream) => this.#streamKey(digest, stream))
    await this.#redis.run((client) => client.unlink(keys))
    // not the index itself: a stream may have been added meanwhile
    await this.#redis.run((client) => client.zRem(index, streams))
  }

  /** The entries from a place on, in one step, so that there is no gap. */
  async #read(
    { scope, stream, entry }: Place,
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

// Redis is asked about any id: whether it can be reached is not the id's to say
function placeOf(eventId: string): Place {
  const [, scope = '', stream = '', entry = '0-0'] = EVENT_ID.exec(eventId) ?? []
  return { scope, stream, entry }
}
