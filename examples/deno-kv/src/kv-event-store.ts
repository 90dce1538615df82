import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { EventStore, ReplayListener } from '@portico-mcp/sessions'
import { change, type Expiring, type Kv, type KvKey, whileValid } from './kv.ts'

/** The last event of a stream. */
interface Head extends Expiring {
  last: number
}

/** A part of an event: a value of Deno KV has at most 64 KiB. */
interface Part extends Expiring {
  streamId: string
  bytes: Uint8Array
}

interface Position {
  scope: string
  stream: string
  index: number
}

const MAX_PART_BYTES = 60_000
/** One transaction takes 800 KiB. */
const MAX_PARTS = 12
const EVENT_ID = /^([\w-]{22})\.([\w-]{22})\.([1-9]\d{0,15})$/

/** Options of {@link KvEventStore}. */
export interface KvEventStoreOptions {
  /** Milliseconds after which an event is gone. @defaultValue 600000 (ten minutes) */
  ttlMs?: number | undefined
  /** The number of events that a stream keeps. @defaultValue 1000 */
  maxEventsPerStream?: number | undefined
  /** The first part of all keys. @defaultValue `portico` */
  prefix?: string | undefined
}

/**
 * Stores events in Deno KV. The events of a stream are numbered without gaps; the first number is the time, so that a stream
 * that has expired starts with others.
 */
export class KvEventStore implements EventStore {
  readonly #kv: Kv
  readonly #ttlMs: number
  readonly #maxEvents: number
  readonly #prefix: string

  constructor(
    kv: Kv,
    { ttlMs = 10 * 60_000, maxEventsPerStream = 1000, prefix = 'portico' }: KvEventStoreOptions = {},
  ) {
    this.#kv = kv
    this.#ttlMs = ttlMs
    this.#maxEvents = maxEventsPerStream
    this.#prefix = prefix
  }

  /** @throws RangeError if the message has more than 720 kB, which no transaction takes. */
  async storeEvent(streamId: string, message: JSONRPCMessage): Promise<string> {
    const [scope, stream] = await Promise.all([digest(scopeOf(streamId)), digest(streamId)])
    const parts = split(new TextEncoder().encode(JSON.stringify(message)))
    const until = Date.now() + this.#ttlMs
    const index = await change<Head, number>(
      this.#kv,
      [...this.#scopeKey(scope), stream, 'head'],
      (head) => {
        const last = head ? head.last + 1 : Date.now() * 1000
        return { result: last, next: { last, until } }
      },
      (transaction, last) => {
        for (const [part, bytes] of parts.entries()) {
          const key = [...this.#eventKey({ scope, stream, index: last }), part]
          transaction.set(key, { streamId, until, bytes }, { expireIn: this.#ttlMs })
        }
        // Without its first part, an event is not read. Others of it expire.
        return transaction.delete([...this.#eventKey({ scope, stream, index: last - this.#maxEvents }), 0])
      },
    )
    return `${scope}.${stream}.${index}`
  }

  async getStreamIdForEventId(eventId: string): Promise<string | undefined> {
    const position = parsePosition(eventId)
    if (!position) return undefined
    const { value } = await this.#kv.get<Part>([...this.#eventKey(position), 0])
    return whileValid(value)?.streamId
  }

  async replayEventsAfter(lastEventId: string, { send }: ReplayListener): Promise<string> {
    const position = parsePosition(lastEventId)
    const streamId = await this.getStreamIdForEventId(lastEventId)
    if (!position || streamId === undefined) return ''
    let next = position.index + 1
    let texts: Uint8Array[] = []
    const finish = async (): Promise<void> => {
      if (texts.length === 0) return
      const message = JSON.parse(await new Blob(texts as BlobPart[]).text())
      await send(`${position.scope}.${position.stream}.${next++}`, message)
      texts = []
    }
    const start = this.#eventKey({ ...position, index: next })
    const end = this.#eventKey({ ...position, index: Number.MAX_SAFE_INTEGER })
    for await (const { key, value } of this.#kv.list<Part>({ start, end }, { batchSize: 500 })) {
      const [index, part] = key.slice(-2)
      if (part === 0) await finish()
      // Events that are removed during a replay must not leave a gap.
      if (index !== next) throw new Error('Deno KV: the events after a position were removed during a replay')
      texts.push(value.bytes)
    }
    await finish()
    return streamId
  }

  async deleteEvents(scope: string): Promise<void> {
    const prefix = this.#scopeKey(await digest(scope))
    for await (const { key } of this.#kv.list({ prefix })) await this.#kv.delete(key)
  }

  #scopeKey(scope: string): KvKey {
    return [this.#prefix, 'events', scope]
  }

  #eventKey({ scope, stream, index }: Position): KvKey {
    return [...this.#scopeKey(scope), stream, 'event', index]
  }
}

const scopeOf = (streamId: string): string => streamId.slice(0, streamId.indexOf('/'))

function parsePosition(eventId: string): Position | undefined {
  const [, scope, stream, index] = EVENT_ID.exec(eventId) ?? []
  return scope && stream ? { scope, stream, index: Number(index) } : undefined
}

function split(bytes: Uint8Array): Uint8Array[] {
  const count = Math.ceil(bytes.length / MAX_PART_BYTES)
  if (count > MAX_PARTS) {
    throw new RangeError(`Deno KV: an event must have at most ${MAX_PARTS * MAX_PART_BYTES} bytes`)
  }
  return Array.from({ length: count }, (_, part) =>
    bytes.slice(part * MAX_PART_BYTES, (part + 1) * MAX_PART_BYTES),
  )
}

/** 132 bits of SHA-256 in base64url. */
async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)))
  return base64.replaceAll('+', '-').replaceAll('/', '_').slice(0, 22)
}
