import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { Holdings } from '../store/holdings.ts'
import type { EventStore, ReplayListener } from './event-store.ts'

/** Options of {@link InMemoryEventStore}. */
export interface InMemoryEventStoreOptions {
  /** The number of events that are stored for each stream. Beyond it, the oldest is removed. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /**
   * The number of characters of JSON that are stored for all streams. Beyond it, the oldest events of the largest scope
   * are removed. Scopes of about the same size count as equal. @defaultValue 33554432
   */
  maxTotalLength?: number | undefined
  /**
   * Milliseconds after which an event is removed. For less than five minutes, see {@link EventStore}.
   * @defaultValue 600000 (ten minutes)
   */
  ttlMs?: number | undefined
}

interface StoredEvent {
  streamId: string
  /** JSON text, so that callers cannot change the stored message through a reference. */
  message: string
  /** When the event was stored, by `performance.now()`. */
  at: number
}

const RULES: Rules<keyof InMemoryEventStoreOptions> = {
  maxEventsPerStream: optionRules.positive(),
  maxTotalLength: optionRules.positive('characters'),
  ttlMs: optionRules.positive('milliseconds'),
}

/** Stores events in memory, up to limits. It starts no timer: old events are removed by later calls. */
export class InMemoryEventStore implements EventStore {
  /** In the order of arrival. */
  readonly #events = new Map<string, StoredEvent>()
  readonly #streams = new Map<string, Set<string>>()
  readonly #scopes = new Map<string, Set<string>>()
  // The level is the number of bits of the size: a scope of less than half the size of another is always on a lower
  // one.
  readonly #holdings = new Holdings<string>((size) => 32 - Math.clz32(size))
  readonly #limits: Required<InMemoryEventStoreOptions>
  // A random prefix keeps ids of an earlier process from matching events of this one. It is created with the first
  // event, since Cloudflare Workers offer no random numbers outside of a request.
  #origin: string | undefined
  #lastId = 0
  #size = 0

  /**
   * @throws TypeError for an unknown option.
   * @throws RangeError if a limit is not positive.
   */
  constructor(options: InMemoryEventStoreOptions = {}) {
    validateOptions('InMemoryEventStore', options, RULES)
    const { maxEventsPerStream = 1000, maxTotalLength = 32 * 1024 * 1024, ttlMs = 10 * 60_000 } = options
    this.#limits = { maxEventsPerStream, maxTotalLength, ttlMs }
  }

  /** The number of stored events that have not expired. */
  get size(): number {
    this.#dropOld()
    return this.#events.size
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    this.#origin ??= crypto.randomUUID().slice(0, 8)
    this.#lastId += 1
    const eventId = `${this.#origin}-${this.#lastId}`
    const event = { streamId, message: JSON.stringify(message), at: performance.now() }
    this.#events.set(eventId, event)
    this.#size += event.message.length
    this.#holdings.use(getScope(streamId), eventId, event.message.length)
    const stream = getOrCreateSet(this.#streams, streamId).add(eventId)
    getOrCreateSet(this.#scopes, getScope(streamId)).add(streamId)
    if (stream.size > this.#limits.maxEventsPerStream) this.#drop(stream.keys().next().value as string)
    this.#dropOld()
    return eventId
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    this.#dropOld()
    return this.#events.get(eventId)?.streamId
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const streamId = await this.getStreamIdForEventId(lastEventId)
    if (streamId === undefined) return ''
    const eventIds = [...(this.#streams.get(streamId) ?? [])]
    for (const eventId of eventIds.slice(eventIds.indexOf(lastEventId) + 1)) {
      const event = this.#events.get(eventId)
      if (event) await send(eventId, JSON.parse(event.message))
    }
    return streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    for (const streamId of this.#scopes.get(scope) ?? []) {
      for (const eventId of this.#streams.get(streamId) ?? []) this.#drop(eventId)
    }
  }

  #dropOld(): void {
    const { maxTotalLength, ttlMs } = this.#limits
    const oldest = performance.now() - ttlMs
    for (const [eventId, { at }] of this.#events) {
      if (at > oldest) break
      this.#drop(eventId)
    }
    while (this.#size > maxTotalLength) {
      const [most] = this.#holdings.fromLargest()
      if (!most) return
      this.#drop(most[0])
    }
  }

  #drop(eventId: string): void {
    const event = this.#events.get(eventId)
    if (!event) return
    const { streamId, message } = event
    this.#events.delete(eventId)
    this.#size -= message.length
    this.#holdings.delete(eventId)
    const stream = this.#streams.get(streamId)
    stream?.delete(eventId)
    if (stream?.size !== 0) return
    this.#streams.delete(streamId)
    const scope = this.#scopes.get(getScope(streamId))
    scope?.delete(streamId)
    if (scope?.size === 0) this.#scopes.delete(getScope(streamId))
  }
}

const getScope = (streamId: string): string => streamId.slice(0, streamId.indexOf('/'))

function getOrCreateSet(sets: Map<string, Set<string>>, key: string): Set<string> {
  const set = sets.get(key) ?? new Set()
  sets.set(key, set)
  return set
}
