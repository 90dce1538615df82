import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import { EventItems } from './event-items.ts'
import { type EventPlace, placeOf, toEventId, toPlace } from './event-place.ts'
import { Positions } from './positions.ts'
import { type DynamoDBOptions, TABLE_RULES, Table } from './table.ts'
import { eventsTableName } from './table-name.ts'

/** Options of {@link DynamoDBEventStore}. */
export interface DynamoDBEventStoreOptions extends DynamoDBOptions {
  /**
   * @defaultValue the environment variable `DYNAMODB_EVENTS_TABLE_NAME`, or else the name of the table of
   * sessions with `-events`
   */
  tableName?: string | undefined
  /** Seconds that an event is kept; for less than five minutes, see `EventStore`. @defaultValue 600, ten minutes */
  ttlSeconds?: number | undefined
  /** Events of one stream that are kept: older ones are gone for every replay. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /** Bytes of an event's JSON; a larger one is refused with a RangeError. @defaultValue 4194304 */
  maxEventBytes?: number | undefined
}

const RULES: Rules<keyof DynamoDBEventStoreOptions> = {
  ...TABLE_RULES,
  tableName: optionRules.string,
  ttlSeconds: optionRules.positive('seconds'),
  maxEventsPerStream: optionRules.positive(),
  maxEventBytes: optionRules.positive('bytes'),
}

/**
 * Events of resumable streams in a DynamoDB table, an item each: partition key `scope` and sort key `event`
 * (strings), `streamId`, `nonce`, `message` (JSON) and `ttl` (epoch seconds, the table's TTL attribute). The
 * message of a large event stands in items of its own.
 *
 * Events of a stream are numbered without a gap: each is written only where there is none with its number, by one
 * node after the other. A stream takes an event in the time of one write; for the first one of a node, its end is
 * read. DynamoDB deletes what is over, at no cost, within a few days; nothing is replayed after its time.
 *
 * @example
 * ```ts
 * import { DynamoDBEventStore } from '@portico-mcp/dynamodb'
 *
 * export const eventStore = new DynamoDBEventStore({ tableName: 'my-events', ttlSeconds: 300 })
 * ```
 */
export class DynamoDBEventStore implements EventStore {
  readonly #table: Table
  readonly #items: EventItems
  readonly #positions: Positions
  readonly #maxEventsPerStream: number
  readonly #maxEventBytes: number

  /** @throws RangeError for a limit that is not positive. */
  constructor(options: DynamoDBEventStoreOptions = {}) {
    validateOptions('DynamoDBEventStore', options, RULES)
    const { ttlSeconds = 600, maxEventsPerStream = 1000, maxEventBytes = 4 * 1024 * 1024 } = options
    const ttlMs = ttlSeconds * 1000
    this.#maxEventsPerStream = maxEventsPerStream
    this.#maxEventBytes = maxEventBytes
    this.#table = new Table(eventsTableName(options.tableName), options)
    this.#items = new EventItems(this.#table, ttlMs)
    this.#positions = new Positions(ttlMs / 2)
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const json = new TextEncoder().encode(JSON.stringify(message))
    if (json.length > this.#maxEventBytes) {
      throw new RangeError(`DynamoDBEventStore: an event of more than ${this.#maxEventBytes} bytes`)
    }
    const last = this.#positions.get(streamId) ?? this.#items.findLast(placeOf(streamId))
    const stored = last.then((number) => this.#items.append(streamId, number, json))
    this.#positions.set(
      streamId,
      stored.then(({ number }) => number),
    )
    return toEventId(await stored)
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const place = toPlace(eventId)
    return place && this.#findStreamId(place)
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const place = toPlace(lastEventId)
    const streamId = place && (await this.#findStreamId(place))
    if (!place || streamId === undefined) return ''
    for await (const event of this.#items.after(place)) await send(toEventId(event.place), event.message)
    return streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    this.#positions.delete(scope)
    await this.#items.deleteAll(scope)
  }

  /** Closes the connections, unless a client was given. */
  close(): void {
    this.#table.close()
  }

  /** The stream of an event that a replay may start from: it is kept, and not too far back. */
  async #findStreamId(place: EventPlace): Promise<string | undefined> {
    const [streamId, last] = await Promise.all([this.#items.findStreamId(place), this.#items.findLast(place)])
    return last - place.number < this.#maxEventsPerStream ? streamId : undefined
  }
}
