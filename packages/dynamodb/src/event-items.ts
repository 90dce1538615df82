import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { DynamoDBStoreError } from './dynamodb-store-error.ts'
import {
  computeStreamPosition,
  createEventPosition,
  type EventPosition,
  hash,
  partKey,
  readNumber,
  type StreamPosition,
  sortKey,
} from './event-position.ts'
import { type Item, now, type Table, toTtl } from './table.ts'

/** A stored event with its position. */
export interface StoredEvent {
  position: EventPosition
  message: JSONRPCMessage
}

// An item has at most 400 kB, including its attribute names and keys.
const PART_SIZE = 350_000
const PAGE_SIZE = 100
const BATCH_SIZE = 25
const MAX_ATTEMPTS = 100

const NAMES = { '#scope': 'scope', '#event': 'event' }

/**
 * Reads and writes the items of events. Events of a stream are numbered without gaps; large events have several items.
 */
export class EventItems {
  readonly #table: Table
  readonly #ttlMs: number

  constructor(table: Table, ttlMs: number) {
    this.#table = table
    this.#ttlMs = ttlMs
  }

  /**
   * Writes an event after the one with the number `last`. If another node has written one there, it is tried after
   * that.
   */
  async append(streamId: string, last: number, json: Uint8Array): Promise<EventPosition> {
    let position = createEventPosition(computeStreamPosition(streamId), last + 1)
    const nonce = { S: position.nonce }
    const ttl = toTtl(this.#ttlMs)
    const content = await this.#write(position, json, ttl)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const key = buildKey(position.scope, sortKey(position.stream, position.number))
      const isStored = await this.#table.put({
        Item: { ...key, streamId: { S: streamId }, nonce, ttl, ...content },
        // The SDK may retry a write that has already arrived. The condition then matches its own nonce.
        ConditionExpression: 'attribute_not_exists(#event) OR #nonce = :nonce',
        ExpressionAttributeNames: { '#event': 'event', '#nonce': 'nonce' },
        ExpressionAttributeValues: { ':nonce': nonce },
      })
      if (isStored) return position
      position = { ...position, number: (await this.findLast(position)) + 1 }
    }
    const message = `Others kept writing to a stream of table ${this.#table.name}`
    throw new DynamoDBStoreError('ContentionError', message)
  }

  /** Finds the number of a stream's newest event, expired or not. Resolves with 0 if there is none. */
  async findLast({ scope, stream }: StreamPosition): Promise<number> {
    const { Items = [] } = await this.#table.query({
      ...buildRange(scope, `${stream}.`, `${stream}.~`),
      ProjectionExpression: '#event',
      ScanIndexForward: false,
      Limit: 1,
    })
    return Items[0]?.event ? readNumber(Items[0].event) : 0
  }

  /** Finds the stream id of an event. Resolves with `undefined` if the event has expired or does not exist. */
  async findStreamId({ scope, stream, number, nonce }: EventPosition): Promise<string | undefined> {
    const item = await this.#table.get({
      Key: buildKey(scope, sortKey(stream, number)),
      ProjectionExpression: '#nonce, #streamId, #ttl',
      ExpressionAttributeNames: { '#nonce': 'nonce', '#streamId': 'streamId', '#ttl': 'ttl' },
    })
    const isKept = item?.nonce?.S === nonce && Number(item.ttl?.N) > now()
    return isKept ? item.streamId?.S : undefined
  }

  /** Reads the events after an event of a stream, in order. */
  async *after({ scope, stream, number }: EventPosition): AsyncGenerator<StoredEvent> {
    for await (const item of this.#items(buildRange(scope, sortKey(stream, number + 1), `${stream}.~`))) {
      const position = { scope, stream, number: readNumber(item.event!), nonce: item.nonce?.S ?? '' }
      yield {
        position,
        message: JSON.parse(item.message?.S ?? (await this.#read(position, Number(item.parts?.N)))),
      }
    }
  }

  /** Deletes all events of a scope. */
  async deleteAll(scope: string): Promise<void> {
    let keys: Item[] = []
    const all = { ...buildRange(hash(scope), ' ', '~'), ProjectionExpression: '#scope, #event' }
    for await (const key of this.#items(all)) {
      if (keys.push(key) < BATCH_SIZE) continue
      await this.#table.deleteBatch(keys)
      keys = []
    }
    if (keys.length > 0) await this.#table.deleteBatch(keys)
  }

  /** Writes the parts of a large event. They are only read once the event itself has been written. */
  async #write({ scope, nonce }: EventPosition, json: Uint8Array, ttl: AttributeValue): Promise<Item> {
    if (json.length <= PART_SIZE) return { message: { S: new TextDecoder().decode(json) } }
    const count = Math.ceil(json.length / PART_SIZE)
    for (let part = 0; part < count; part++) {
      const B = json.subarray(part * PART_SIZE, (part + 1) * PART_SIZE)
      await this.#table.put({ Item: { ...buildKey(scope, partKey(nonce, part)), json: { B }, ttl } })
    }
    return { parts: { N: String(count) } }
  }

  async #read({ scope, nonce }: EventPosition, count: number): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    let found = 0
    for await (const { json } of this.#items(buildRange(scope, `${nonce}.`, `${nonce}.~`))) {
      text += decoder.decode(json?.B, { stream: true })
      found++
    }
    if (found === count) return text
    throw new DynamoDBStoreError('IncompleteEventError', `An event of table ${this.#table.name} lacks a part`)
  }

  async *#items(input: Omit<QueryCommandInput, 'TableName'>): AsyncGenerator<Item> {
    let ExclusiveStartKey: Item | undefined
    do {
      const page = await this.#table.query({ ...input, ExclusiveStartKey, Limit: PAGE_SIZE })
      yield* page.Items ?? []
      ExclusiveStartKey = page.LastEvaluatedKey
    } while (ExclusiveStartKey)
  }
}

const buildKey = (scope: string, event: string): Item => ({ scope: { S: scope }, event: { S: event } })

const buildRange = (scope: string, first: string, last: string) => ({
  KeyConditionExpression: '#scope = :scope AND #event BETWEEN :first AND :last',
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: { ':scope': { S: scope }, ':first': { S: first }, ':last': { S: last } },
})
