import { types } from 'node:util'
import { Refusal } from '@portico-mcp/core'
import type { LambdaHttpEvent } from './event.ts'

/**
 * Reads the bytes of an event's body. AWS sends text, base64 or null. Consoles, test events and emulators also pass parsed
 * JSON or bytes.
 *
 * @returns The bytes, or undefined if there is no body.
 * @throws Refusal `invalid-request` (400) for malformed base64, or a body of another type.
 */
export function readEventBody({
  body,
  isBase64Encoded,
}: LambdaHttpEvent): Uint8Array<ArrayBuffer> | undefined {
  if (body === null || body === undefined) return undefined
  if (typeof body === 'string') return isBase64Encoded ? decodeBase64(body) : copy(Buffer.from(body))
  if (types.isAnyArrayBuffer(body)) return copy(Buffer.from(body))
  if (ArrayBuffer.isView(body)) return copy(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  return isSerializedBuffer(body) ? copy(Buffer.from(body.data)) : copy(Buffer.from(toJson(body)))
}

const copy = (bytes: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

/** Decodes base64. Node's decoder ignores invalid characters, so the result is encoded again and compared. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text && bytes.toString('base64url') !== unpadded(text)) {
    throw new Refusal(
      'invalid-request',
      "The event's body is not valid base64, although isBase64Encoded is set",
    )
  }
  return copy(bytes)
}

const unpadded = (text: string): string =>
  text.replace(/[\s=]/g, '').replaceAll('+', '-').replaceAll('/', '_')

// JSON.stringify turns a Buffer into such an object.
const isSerializedBuffer = (body: object): body is { type: 'Buffer'; data: number[] } => {
  const { type, data } = body as { type?: unknown; data?: unknown }
  return type === 'Buffer' && Array.isArray(data)
}

function toJson(body: unknown): string {
  const text = isPlain(body) ? tryStringify(body) : undefined
  if (text === undefined) {
    const type = Object.prototype.toString.call(body).slice('[object '.length, -1)
    throw new Refusal(
      'invalid-request',
      `The event's body must be a string, bytes, JSON or null (got ${type})`,
    )
  }
  return text
}

function isPlain(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false
  const prototype: unknown = Object.getPrototypeOf(body)
  // An event may come from another realm, whose `Object.prototype` differs.
  return Array.isArray(body) || prototype === null || Object.getPrototypeOf(prototype) === null
}

function tryStringify(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch {
    return undefined
  }
}
