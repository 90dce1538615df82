import { randomUUID } from 'node:crypto'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { sha256 } from '@portico-mcp/core/internal'

/** Where a stream's events are: a partition for its scope, and how their sort keys begin. */
export interface StreamPlace {
  scope: string
  stream: string
}

/** Where an event is: the place of its stream, its number there, and a name that no other ever has. */
export interface EventPlace extends StreamPlace {
  number: number
  nonce: string
}

/** A stream's place: hashes of 128 bits, since an event id has to carry it. */
export function placeOf(streamId: string): StreamPlace {
  return { scope: hashOf(streamId.slice(0, streamId.indexOf('/'))), stream: hashOf(streamId) }
}

/** An event of a stream, with a nonce of its own. */
export const newPlace = (stream: StreamPlace, number: number): EventPlace => ({
  ...stream,
  number,
  nonce: randomUUID(),
})

/** The partition of a scope. */
export const hashOf = (text: string): string => sha256(text, 'base64url').slice(0, 22)

/** What a client names an event by. */
export const toEventId = ({ scope, stream, number, nonce }: EventPlace): string =>
  [scope, stream, number, nonce].join('.')

const EVENT_ID = /^([\w-]{22})\.([\w-]{22})\.([1-9]\d{0,11})\.([\da-f-]{36})$/

/** The place that an event id names; `undefined` where it cannot be one. */
export function toPlace(eventId: string): EventPlace | undefined {
  const [, scope, stream, number, nonce] = EVENT_ID.exec(eventId) ?? []
  if (!scope || !stream || !nonce) return undefined
  return { scope, stream, number: Number(number), nonce }
}

/** The sort key of an event: numbers of one length, so that they sort. */
export const sortKey = (stream: string, number: number): string =>
  `${stream}.${String(number).padStart(12, '0')}`

/** The sort key of a part of a large event. */
export const partKey = (nonce: string, part: number): string => `${nonce}.${String(part).padStart(4, '0')}`

/** The number in a sort key. */
export const numberOf = ({ S = '' }: AttributeValue): number => Number(S.slice(S.indexOf('.') + 1))
