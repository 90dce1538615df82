import { decodeBase64 } from './base64.ts'
import { encodeMultipart, type FormPart } from './multipart.ts'
import { isObject } from './objects.ts'
import type { BodySlot, PropertyEncoding } from './openapi-body.ts'
import { asPairs, type Pair, textOf } from './serialize-parameter.ts'

/** A body, encoded by its media type, and that type. */
export interface EncodedBody {
  contentType: string
  content: Uint8Array<ArrayBuffer>
}

/**
 * Encodes a body once, by its media type.
 *
 * @throws TypeError for a value that the media type cannot hold.
 */
export function encodeBody(slot: BodySlot, value: unknown): EncodedBody {
  if (slot.kind === 'multipart') return multipart(slot, membersOf(slot, value))
  if (slot.kind === 'binary') {
    const { bytes, mediaType } = decodeBase64(value, slot.argument)
    const isOpen = slot.mediaType === 'application/octet-stream'
    return { contentType: (isOpen && mediaType) || slot.mediaType, content: bytes }
  }
  return { contentType: slot.mediaType, content: new TextEncoder().encode(written(slot, value)) }
}

function written(slot: BodySlot, value: unknown): string {
  if (slot.kind === 'json') return JSON.stringify(value)
  if (slot.kind === 'text') return textOf(value)
  return String(
    new URLSearchParams(membersOf(slot, value).flatMap(([name, one]) => pairsOf(slot, name, one))),
  )
}

function membersOf({ mediaType, argument }: BodySlot, value: unknown): [string, unknown][] {
  if (!isObject(value)) throw new TypeError(`"${argument}" must be an object, to be sent as ${mediaType}`)
  return Object.entries(value).filter(([, member]) => member !== undefined && member !== null)
}

const isJsonType = (type: string | undefined): boolean => type !== undefined && /[/+]json\b/i.test(type)

// OpenAPI 3.1.1, "Encoding Object": a style goes before the content type
function pairsOf(slot: BodySlot, name: string, value: unknown): Pair[] {
  const encoding = slot.encoding.get(name)
  if (encoding?.style !== undefined) return styledPairs(name, value, encoding.style, encoding.explode)
  if (isJsonType(encoding?.contentType)) return [[name, JSON.stringify(value)]]
  return [value].flat().map((one): Pair => [name, textOf(one)])
}

function styledPairs(name: string, value: unknown, style: string, explode: boolean): Pair[] {
  if (style === 'deepObject') return indexedPairs(name, value)
  return asPairs({ name, style, explode, mediaType: undefined }, value)
}

/** Frameworks that read brackets read the indexes of a list from them too. */
function indexedPairs(name: string, value: unknown): Pair[] {
  if (typeof value !== 'object' || value === null) return [[name, textOf(value)]]
  return Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .flatMap(([key, member]) => indexedPairs(`${name}[${key}]`, member))
}

const FILE_NAMES = ['filename', 'fileName', 'file_name']

function multipart(slot: BodySlot, members: [string, unknown][]): EncodedBody {
  const named = members.find(([name, value]) => FILE_NAMES.includes(name) && typeof value === 'string')?.[1]
  const parts = members.flatMap(([name, value]) => {
    const encoding = slot.encoding.get(name)
    if (encoding?.style !== undefined && !encoding.isFile) {
      return styledPairs(name, value, encoding.style, encoding.explode).map(([name, content]) =>
        field(name, content),
      )
    }
    const isWhole = isJsonType(encoding?.contentType)
    return (isWhole ? [value] : [value].flat()).map((one) =>
      partOf(name, one, encoding, named as string | undefined),
    )
  })
  const { bytes, contentType } = encodeMultipart(parts)
  return { contentType, content: bytes }
}

const field = (name: string, content: string, contentType?: string): FormPart => ({
  name,
  content,
  contentType,
  fileName: undefined,
})

function partOf(
  name: string,
  value: unknown,
  encoding: PropertyEncoding | undefined,
  named: string | undefined,
): FormPart {
  if (encoding?.isFile) {
    const { bytes, mediaType } = decodeBase64(value, name)
    const contentType = encoding.contentType ?? mediaType ?? 'application/octet-stream'
    return { name, content: bytes, contentType, fileName: named ?? name + extensionOf(contentType) }
  }
  const isJson = typeof value === 'object' || isJsonType(encoding?.contentType)
  const contentType = encoding?.contentType ?? (isJson ? 'application/json' : undefined)
  return field(name, isJson ? JSON.stringify(value) : textOf(value), contentType)
}

const EXTENSIONS: Record<string, string> = {
  'image/png': '.png',
  'image/jpeg': '.jpg',
  'image/gif': '.gif',
  'image/webp': '.webp',
  'application/pdf': '.pdf',
  'application/zip': '.zip',
  'audio/mpeg': '.mp3',
  'audio/wav': '.wav',
  'video/mp4': '.mp4',
}

const extensionOf = (type: string): string => EXTENSIONS[type] ?? ''
