import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import { DynamoDBStoreError } from './dynamodb-store-error.ts'
import {
  type EventPlace,
  hashOf,
  newPlace,
  numberOf,
  partKey,
  placeOf,
  type StreamPlace,
  sortKey,
  toEventId,
  toPlace,
} from './event-place.ts'
import { Positions } from './positions.ts'
import { type DynamoDBOptions, type Item, now, positive, Table, toTtl } from './table.ts'
import { eventsTableName } from './table-name.ts'

/** Options of {@link DynamoDBEventStore}. */
export interface DynamoDBEventStoreOptions extends DynamoDBOptions {
  /**
   * @defaultValue the environment variable `DYNAMODB_EVENTS_TABLE_NAME`, or else the name of the table of
   * sessions with `-events`
   */
  tableName?: string
  /** Seconds that an event is kept. @defaultValue 600, ten minutes */
  ttlSeconds?: number
  /** Events of one stream that are kept: older ones are gone for every replay. @defaultValue 1000 */
  maxEventsPerStream?: number
  /** Bytes of an event's JSON; a larger one is refused with a RangeError. @defaultValue 4194304 */
  maxEventSize?: number
}

// an item has 400 kB, its names and keys counted
const PART_SIZE = 350_000
const BATCH_SIZE = 25
const MAX_ATTEMPTS = 100

const NAMES = { '#scope': 'scope', '#event': 'event' }

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
 * const eventStore = new DynamoDBEventStore({ tableName: 'my-events', ttlSeconds: 300 })
 * ```
 */
export class DynamoDBEventStore implements EventStore {
  readonly #table: Table
  readonly #ttlMs: number
  readonly #maxEventsPerStream: number
  readonly #maxEventSize: number
  readonly #positions: Positions

  /** @throws RangeError for a limit that is not positive. */
  constructor(options: DynamoDBEventStoreOptions = {}) {
    const { ttlSeconds = 600, maxEventsPerStream = 1000, maxEventSize = 4 * 1024 * 1024 } = options
    this.#table = new Table(eventsTableName(options.tableName), options)
    this.#ttlMs = positive('ttlSeconds', ttlSeconds) * 1000
    this.#maxEventsPerStream = positive('maxEventsPerStream', maxEventsPerStream)
    this.#maxEventSize = positive('maxEventSize', maxEventSize)
    this.#positions = new Positions(this.#ttlMs / 2)
  }

  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify(message))
    if (bytes.length > this.#maxEventSize) {
      throw new RangeError(`DynamoDBEventStore: an event of more than ${this.#maxEventSize} bytes`)
    }
    const stream = placeOf(streamId)
    const last = this.#positions.get(streamId) ?? this.#findLast(stream)
    const stored = last.then((number) => this.#append(streamId, newPlace(stream, number + 1), bytes))
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
    const { scope, stream, number } = place
    for await (const item of this.#items(scope, sortKey(stream, number + 1), `${stream}.~`)) {
      const event = { scope, stream, number: numberOf(item.event!), nonce: item.nonce?.S ?? '' }
      await send(toEventId(event), await this.#messageOf(event, item))
    }
    return streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    this.#positions.delete(scope)
    let keys: Item[] = []
    for await (const key of this.#items(hashOf(scope), ' ', '~', Object.keys(NAMES).join())) {
      if (keys.push(key) < BATCH_SIZE) continue
      await this.#table.deleteBatch(keys)
      keys = []
    }
    if (keys.length > 0) await this.#table.deleteBatch(keys)
  }

  /** Closes the connections, unless a client was given. */
  close(): void {
    this.#table.close()
  }

  /** Writes an event behind the newest one; where another node was first, behind that one's. */
  async #append(streamId: string, place: EventPlace, bytes: Uint8Array): Promise<EventPlace> {
    const ttl = toTtl(this.#ttlMs)
    const content = await this.#write(place, bytes, ttl)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { scope, stream, number, nonce } = place
      const isStored = await this.#table.put({
        Item: {
          ...keyOf(scope, sortKey(stream, number)),
          streamId: { S: streamId },
          nonce: { S: nonce },
          ttl,
          ...content,
        },
        // a retry of a write that arrived finds its own nonce
        ConditionExpression: 'attribute_not_exists(#event) OR #nonce = :nonce',
        ExpressionAttributeNames: { '#event': 'event', '#nonce': 'nonce' },
        ExpressionAttributeValues: { ':nonce': { S: nonce } },
      })
      if (isStored) return place
      place = { ...place, number: (await this.#findLast(place)) + 1 }
    }
    throw new DynamoDBStoreError(
      'ContentionError',
      `Others write to a stream of table ${this.#table.name} all the time`,
    )
  }

  /** Writes the parts of a large event, which nobody sees before the event itself. */
  async #write({ scope, nonce }: EventPlace, bytes: Uint8Array, ttl: AttributeValue): Promise<Item> {
    if (bytes.length <= PART_SIZE) return { message: { S: new TextDecoder().decode(bytes) } }
    const count = Math.ceil(bytes.length / PART_SIZE)
    for (let part = 0; part < count; part++) {
      const B = bytes.subarray(part * PART_SIZE, (part + 1) * PART_SIZE)
      await this.#table.put({ Item: { ...keyOf(scope, partKey(nonce, part)), bytes: { B }, ttl } })
    }
    return { parts: { N: String(count) } }
  }

  async #messageOf({ scope, nonce }: EventPlace, { message, parts }: Item): Promise<JSONRPCMessage> {
    if (message?.S !== undefined) return JSON.parse(message.S)
    const decoder = new TextDecoder()
    let text = ''
    let count = 0
    for await (const { bytes } of this.#items(scope, partKey(nonce, 0), `${nonce}.~`)) {
      text += decoder.decode(bytes?.B, { stream: true })
      count++
    }
    if (count === Number(parts?.N)) return JSON.parse(text)
    throw new DynamoDBStoreError('IncompleteEventError', `An event of table ${this.#table.name} lacks a part`)
  }

  /** The stream of an event that a replay may start from: it is there, in time, and not too far back. */
  async #findStreamId({ scope, stream, number, nonce }: EventPlace): Promise<string | undefined> {
    const [item, last] = await Promise.all([
      this.#table.get({
        Key: keyOf(scope, sortKey(stream, number)),
        ProjectionExpression: '#nonce, #streamId, #ttl',
        ExpressionAttributeNames: { '#nonce': 'nonce', '#streamId': 'streamId', '#ttl': 'ttl' },
      }),
      this.#findLast({ scope, stream }),
    ])
    const isKept = item?.nonce?.S === nonce && Number(item.ttl?.N) > now()
    return isKept && last - number < this.#maxEventsPerStream ? item.streamId?.S : undefined
  }

  /** The number of a stream's newest event; 0 where there is none. */
  async #findLast({ scope, stream }: StreamPlace): Promise<number> {
    const { Items = [] } = await this.#table.query({
      ...between(scope, `${stream}.`, `${stream}.~`),
      ProjectionExpression: '#event',
      ScanIndexForward: false,
      Limit: 1,
    })
    return Items[0]?.event ? numberOf(Items[0].event) : 0
  }

  async *#items(
    scope: string,
    first: string,
    last: string,
    ProjectionExpression?: string,
  ): AsyncGenerator<Item> {
    let ExclusiveStartKey: Item | undefined
    do {
      const page = await this.#table.query({
        ...between(scope, first, last),
        ProjectionExpression,
        ExclusiveStartKey,
        Limit: 100,
      })
      yield* page.Items ?? []
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
  }
}

const keyOf = (scope: string, event: string): Item => ({ scope: { S: scope }, event: { S: event } })

const between = (scope: string, first: string, last: string) => ({
  KeyConditionExpression: '#scope = :scope AND #event BETWEEN :first AND :last',
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: { ':scope': { S: scope }, ':first': { S: first }, ':last': { S: last } },
})
