import { decodeBase64 } from './base64.ts'
import { encodeMultipart, type FormPart } from './multipart.ts'
import { isObject } from './objects.ts'
import type { BodySlot, PropertyEncoding } from './openapi-body.ts'
import { type Pair, serializePairs, toText } from './serialize-parameter.ts'

/** An encoded body, and its content type. */
export interface EncodedBody {
  contentType: string
  content: Uint8Array<ArrayBuffer>
}

/**
 * Encodes the body of an operation in its media type.
 *
 * @throws TypeError if the media type cannot represent the value.
 */
export function encodeBody(slot: BodySlot, value: unknown): EncodedBody {
  if (slot.kind === 'multipart') return encodeForm(slot, listMembers(slot, value))
  if (slot.kind === 'binary') {
    const { bytes, mediaType } = decodeBase64(value, slot.argument)
    const isGeneric = slot.mediaType === 'application/octet-stream'
    return { contentType: (isGeneric && mediaType) || slot.mediaType, content: bytes }
  }
  return { contentType: slot.mediaType, content: new TextEncoder().encode(writeText(slot, value)) }
}

function writeText(slot: BodySlot, value: unknown): string {
  if (slot.kind === 'json') return JSON.stringify(value)
  if (slot.kind === 'text') return toText(value)
  return String(
    new URLSearchParams(listMembers(slot, value).flatMap(([name, one]) => encodeProperty(slot, name, one))),
  )
}

function listMembers({ mediaType, argument }: BodySlot, value: unknown): [string, unknown][] {
  if (!isObject(value))
    throw new TypeError(`"${argument}" must be an object, since it is sent as ${mediaType}`)
  return Object.entries(value).filter(([, member]) => member !== undefined && member !== null)
}

const isJsonType = (type: string | undefined): boolean => type !== undefined && /[/+]json\b/i.test(type)

// A style takes precedence over the content type (OpenAPI 3.1.1, "Encoding Object").
function encodeProperty(slot: BodySlot, name: string, value: unknown): Pair[] {
  const encoding = slot.encoding.get(name)
  if (encoding?.style !== undefined) return encodeStyled(name, value, encoding.style, encoding.explode)
  if (isJsonType(encoding?.contentType)) return [[name, JSON.stringify(value)]]
  return [value].flat().map((one): Pair => [name, toText(one)])
}

function encodeStyled(name: string, value: unknown, style: string, explode: boolean): Pair[] {
  if (style === 'deepObject') return encodeIndexed(name, value)
  return serializePairs({ name, style, explode, mediaType: undefined }, value)
}

/** Encodes nested members with brackets. Indexes are included, as the frameworks that read brackets expect them. */
function encodeIndexed(name: string, value: unknown): Pair[] {
  if (typeof value !== 'object' || value === null) return [[name, toText(value)]]
  return Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .flatMap(([key, member]) => encodeIndexed(`${name}[${key}]`, member))
}

const FILE_NAMES = ['filename', 'fileName', 'file_name']

function encodeForm(slot: BodySlot, members: [string, unknown][]): EncodedBody {
  const fileName = members.find(
    ([name, value]) => FILE_NAMES.includes(name) && typeof value === 'string',
  )?.[1]
  const parts = members.flatMap(([name, value]) => {
    const encoding = slot.encoding.get(name)
    if (encoding?.style !== undefined && !encoding.isFile) {
      return encodeStyled(name, value, encoding.style, encoding.explode).map(([name, content]) =>
        createField(name, content),
      )
    }
    const isWhole = isJsonType(encoding?.contentType)
    return (isWhole ? [value] : [value].flat()).map((one) =>
      createPart(name, one, encoding, fileName as string | undefined),
    )
  })
  const { bytes, contentType } = encodeMultipart(parts)
  return { contentType, content: bytes }
}

const createField = (name: string, content: string, contentType?: string): FormPart => ({
  name,
  content,
  contentType,
  fileName: undefined,
})

function createPart(
  name: string,
  value: unknown,
  encoding: PropertyEncoding | undefined,
  givenFileName: string | undefined,
): FormPart {
  if (encoding?.isFile) {
    const { bytes, mediaType } = decodeBase64(value, name)
    const contentType = encoding.contentType ?? mediaType ?? 'application/octet-stream'
    return { name, content: bytes, contentType, fileName: givenFileName ?? name + findExtension(contentType) }
  }
  const isJson = typeof value === 'object' || isJsonType(encoding?.contentType)
  const contentType = encoding?.contentType ?? (isJson ? 'application/json' : undefined)
  return createField(name, isJson ? JSON.stringify(value) : toText(value), contentType)
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

const findExtension = (type: string): string => EXTENSIONS[type] ?? ''
