import { randomUUID } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { sha256 } from '@portico-mcp/core/internal'

/** The position of a stream's events: the partition of its scope, and the prefix of their sort keys. */
export interface StreamPosition {
  scope: string
  stream: string
}

/** The position of an event: that of its stream, its number in the stream, and a unique nonce. */
export interface EventPosition extends StreamPosition {
  number: number
  nonce: string
}

/** Computes the position of a stream. It consists of short hashes, since every event id contains it. */
export function computeStreamPosition(streamId: string): StreamPosition {
  return { scope: hash(streamId.slice(0, streamId.indexOf('/'))), stream: hash(streamId) }
}

/** Creates the position of a new event, with its own nonce. */
export const createEventPosition = (stream: StreamPosition, number: number): EventPosition => ({
  ...stream,
  number,
  nonce: randomUUID(),
})

/** Computes the partition key of a scope, or the prefix of a stream: 132 bits of SHA-256. */
export const hash = (text: string): string => sha256(text, 'base64url').slice(0, 22)

/** Builds the event id of a position. */
export const toEventId = ({ scope, stream, number, nonce }: EventPosition): string =>
  [scope, stream, number, nonce].join('.')

const EVENT_ID = /^([\w-]{22})\.([\w-]{22})\.([1-9]\d{0,11})\.([\da-f-]{36})$/

/** Parses an event id. Returns `undefined` if it is malformed. */
export function parseEventId(eventId: string): EventPosition | undefined {
  const [, scope, stream, number, nonce] = EVENT_ID.exec(eventId) ?? []
  if (!scope || !stream || !nonce) return undefined
  return { scope, stream, number: Number(number), nonce }
}

/** Builds the sort key of an event. Numbers are padded to the same length, so that they sort as text. */
export const sortKey = (stream: string, number: number): string =>
  `${stream}.${String(number).padStart(12, '0')}`

/** Builds the sort key of a part of a large event. */
export const partKey = (nonce: string, part: number): string => `${nonce}.${String(part).padStart(4, '0')}`

/** Reads the number from a sort key. */
export const readNumber = ({ S = '' }: AttributeValue): number => Number(S.slice(S.indexOf('.') + 1))
