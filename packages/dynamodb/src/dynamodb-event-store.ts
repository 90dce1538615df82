import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import { EventItems } from './event-items.ts'
import { computeStreamPosition, type EventPosition, parseEventId, toEventId } from './event-position.ts'
import { Positions } from './positions.ts'
import { type DynamoDBOptions, TABLE_RULES, Table } from './table.ts'
import { eventsTableName } from './table-name.ts'

/** Options of {@link DynamoDBEventStore}. */
export interface DynamoDBEventStoreOptions extends DynamoDBOptions {
  /**
   * Name of the table. @defaultValue the environment variable `DYNAMODB_EVENTS_TABLE_NAME`, or the name of the table of
   * sessions with `-events`
   */
  tableName?: string | undefined
  /**
   * Seconds after which an event expires. For less than five minutes, see `EventStore`.
   * @defaultValue 600 (ten minutes)
   */
  ttlSeconds?: number | undefined
  /** The number of events of each stream that can be replayed. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /**
   * The maximum number of bytes of an event's JSON. A larger one is rejected with a RangeError.
   * @defaultValue 4194304
   */
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
 * Stores events of resumable streams in a DynamoDB table, one item each: partition key `scope` and sort key `event`
 * (strings), `streamId`, `nonce`, `message` (JSON) and `ttl` (epoch seconds, the table's TTL attribute). The message of a
 * large event is stored in separate items.
 *
 * Events of a stream are numbered without gaps: an event is written only if no other one has its number. Storing an event
 * takes one write. Before the first event that a node stores in a stream, the end of the stream is read. DynamoDB deletes
 * expired events at no cost within a few days. They are not replayed after they have expired.
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

  /** @throws RangeError if a limit is not positive. */
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
      throw new RangeError(
        `DynamoDBEventStore: the event has ${json.length} bytes, more than maxEventBytes (${this.#maxEventBytes})`,
      )
    }
    const last = this.#positions.get(streamId) ?? this.#items.findLast(computeStreamPosition(streamId))
    const stored = last.then((number) => this.#items.append(streamId, number, json))
    this.#positions.set(
      streamId,
      stored.then(({ number }) => number),
    )
    return toEventId(await stored)
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const position = parseEventId(eventId)
    return position && this.#findStreamId(position)
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const position = parseEventId(lastEventId)
    const streamId = position && (await this.#findStreamId(position))
    if (!position || streamId === undefined) return ''
    for await (const event of this.#items.after(position))
      await send(toEventId(event.position), event.message)
    return streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    this.#positions.delete(scope)
    await this.#items.deleteAll(scope)
  }

  /** Closes the client, unless it was passed as an option. */
  close(): void {
    this.#table.close()
  }

  /** Finds the stream id of an event from which a replay may start: it is stored, and within `maxEventsPerStream`. */
  async #findStreamId(position: EventPosition): Promise<string | undefined> {
    const [streamId, last] = await Promise.all([
      this.#items.findStreamId(position),
      this.#items.findLast(position),
    ])
    return last - position.number < this.#maxEventsPerStream ? streamId : undefined
  }
}
