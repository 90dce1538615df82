import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, toLifetimeMs, validateOptions } from '@portico-mcp/core/internal'
import type { EventStore, InMemoryEventStoreOptions, ReplayListener } from '@portico-mcp/sessions'
import type { EventLimits, SentEvent } from '../object/events.ts'
import { nameScopeObject } from './names.ts'
import type { Objects } from './objects.ts'
import type { Shards } from './shards.ts'

/** Options of `cloudflare().eventStore`: how many events are stored for each stream, and how long. */
export type DurableEventStoreOptions = Pick<InMemoryEventStoreOptions, 'maxEventsPerStream' | 'ttlMs'>

const RULES: Rules<keyof DurableEventStoreOptions> = {
  maxEventsPerStream: optionRules.integerFrom(1),
  ttlMs: optionRules.positive('milliseconds'),
}

/** The scope of the changes that may concern every session. */
const CHANGES = 'changes'
// The end of the name of an object, and a position.
const EVENT_ID = /^((?:session|changes):[\w-]{1,22})\.([\w.-]{1,80})$/

/**
 * Stores events in Durable Objects: those of a session in its own, and the changes that concern all sessions in each object
 * that carries changes. Every method rejects with a `CloudflareError` if the object cannot be reached.
 */
export class DurableEventStore implements EventStore {
  readonly #objects: Objects
  readonly #changes: Shards
  readonly #limits: EventLimits
  /** The object whose changes this client reads. */
  #own: string | undefined

  /**
   * @param changes - The objects that carry changes.
   * @throws RangeError if a limit is not positive.
   */
  constructor(objects: Objects, changes: Shards, options: DurableEventStoreOptions = {}) {
    validateOptions('eventStore', options, RULES)
    const { maxEventsPerStream = 1000, ttlMs = 10 * 60_000 } = options
    this.#objects = objects
    this.#changes = changes
    this.#limits = { maxEventsPerStream, ttlMs: toLifetimeMs(ttlMs, 'eventStore') }
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const scope = getScope(streamId)
    const text = JSON.stringify(message)
    const store = async (object: string): Promise<string> =>
      `${object}.${await this.#objects.call(object, 'storeEvent', streamId, text, this.#limits)}`
    if (scope !== CHANGES) return store(nameScopeObject(scope))
    this.#own ??= this.#changes.pick()
    const own = this.#own
    // A mark is only a position, for the one who reads from there.
    if (Object.keys(message).length === 0) return store(own)
    const others = this.#changes.all.filter((object) => object !== own)
    const [eventId] = await Promise.all([own, ...others].map(store))
    return eventId as string
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    return (await this.#read(eventId, false))?.stream
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const found = await this.#read(lastEventId, true)
    if (!found) return ''
    for (const [position, message] of found.events) {
      await send(`${found.object}.${position}`, JSON.parse(message))
    }
    return found.stream
  }

  async deleteEvents(scope: string): Promise<void> {
    if (scope !== CHANGES) await this.#objects.call(nameScopeObject(scope), 'deleteEvents')
  }

  async #read(
    eventId: string,
    isReplay: boolean,
  ): Promise<{ object: string; stream: string; events: SentEvent[] } | undefined> {
    const [, object, position] = EVENT_ID.exec(eventId) ?? []
    if (object === undefined || position === undefined) return undefined
    const found = await this.#objects.call(object, 'readEvents', position, isReplay)
    return found ? { object, ...found } : undefined
  }
}

const getScope = (streamId: string): string => streamId.slice(0, streamId.indexOf('/'))
