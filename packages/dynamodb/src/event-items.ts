import type { AttributeValue, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
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
} from './event-place.ts'
import { type Item, now, type Table, toTtl } from './table.ts'

/** An event, and where it is. */
export interface StoredEvent {
  place: EventPlace
  message: JSONRPCMessage
}

// an item has 400 kB, its names and keys counted
const PART_SIZE = 350_000
const PAGE_SIZE = 100
const BATCH_SIZE = 25
const MAX_ATTEMPTS = 100

const NAMES = { '#scope': 'scope', '#event': 'event' }

/** The items that events are made of: streams that are numbered without a gap, and parts of large events. */
export class EventItems {
  readonly #table: Table
  readonly #ttlMs: number

  constructor(table: Table, ttlMs: number) {
    this.#table = table
    this.#ttlMs = ttlMs
  }

  /** Writes an event behind one of a number; where another node was first, behind that one's. */
  async append(streamId: string, last: number, json: Uint8Array): Promise<EventPlace> {
    let place = newPlace(placeOf(streamId), last + 1)
    const nonce = { S: place.nonce }
    const ttl = toTtl(this.#ttlMs)
    const content = await this.#write(place, json, ttl)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const key = keyOf(place.scope, sortKey(place.stream, place.number))
      const isStored = await this.#table.put({
        Item: { ...key, streamId: { S: streamId }, nonce, ttl, ...content },
        // a retry of a write that arrived finds its own nonce
        ConditionExpression: 'attribute_not_exists(#event) OR #nonce = :nonce',
        ExpressionAttributeNames: { '#event': 'event', '#nonce': 'nonce' },
        ExpressionAttributeValues: { ':nonce': nonce },
      })
      if (isStored) return place
      place = { ...place, number: (await this.findLast(place)) + 1 }
    }
    const message = `Others kept writing to a stream of table ${this.#table.name}`
    throw new DynamoDBStoreError('ContentionError', message)
  }

  /** The number of a stream's newest event, over or not; 0 where there is none. */
  async findLast({ scope, stream }: StreamPlace): Promise<number> {
    const { Items = [] } = await this.#table.query({
      ...between(scope, `${stream}.`, `${stream}.~`),
      ProjectionExpression: '#event',
      ScanIndexForward: false,
      Limit: 1,
    })
    return Items[0]?.event ? numberOf(Items[0].event) : 0
  }

  /** The stream of an event; `undefined` where it is over, or never was. */
  async findStreamId({ scope, stream, number, nonce }: EventPlace): Promise<string | undefined> {
    const item = await this.#table.get({
      Key: keyOf(scope, sortKey(stream, number)),
      ProjectionExpression: '#nonce, #streamId, #ttl',
      ExpressionAttributeNames: { '#nonce': 'nonce', '#streamId': 'streamId', '#ttl': 'ttl' },
    })
    const isKept = item?.nonce?.S === nonce && Number(item.ttl?.N) > now()
    return isKept ? item.streamId?.S : undefined
  }

  /** What follows an event on its stream, in order. */
  async *after({ scope, stream, number }: EventPlace): AsyncGenerator<StoredEvent> {
    for await (const item of this.#items(between(scope, sortKey(stream, number + 1), `${stream}.~`))) {
      const place = { scope, stream, number: numberOf(item.event!), nonce: item.nonce?.S ?? '' }
      yield {
        place,
        message: JSON.parse(item.message?.S ?? (await this.#read(place, Number(item.parts?.N)))),
      }
    }
  }

  /** Deletes all events of a scope. */
  async deleteAll(scope: string): Promise<void> {
    let keys: Item[] = []
    const all = { ...between(hashOf(scope), ' ', '~'), ProjectionExpression: '#scope, #event' }
    for await (const key of this.#items(all)) {
      if (keys.push(key) < BATCH_SIZE) continue
      await this.#table.deleteBatch(keys)
      keys = []
    }
    if (keys.length > 0) await this.#table.deleteBatch(keys)
  }

  /** Writes the parts of a large event, which nobody looks for before there is the event itself. */
  async #write({ scope, nonce }: EventPlace, json: Uint8Array, ttl: AttributeValue): Promise<Item> {
    if (json.length <= PART_SIZE) return { message: { S: new TextDecoder().decode(json) } }
    const count = Math.ceil(json.length / PART_SIZE)
    for (let part = 0; part < count; part++) {
      const B = json.subarray(part * PART_SIZE, (part + 1) * PART_SIZE)
      await this.#table.put({ Item: { ...keyOf(scope, partKey(nonce, part)), json: { B }, ttl } })
    }
    return { parts: { N: String(count) } }
  }

  async #read({ scope, nonce }: EventPlace, count: number): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    let found = 0
    for await (const { json } of this.#items(between(scope, `${nonce}.`, `${nonce}.~`))) {
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

const keyOf = (scope: string, event: string): Item => ({ scope: { S: scope }, event: { S: event } })

const between = (scope: string, first: string, last: string) => ({
  KeyConditionExpression: '#scope = :scope AND #event BETWEEN :first AND :last',
  ExpressionAttributeNames: NAMES,
  ExpressionAttributeValues: { ':scope': { S: scope }, ':first': { S: first }, ':last': { S: last } },
})
