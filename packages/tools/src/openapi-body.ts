import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve } from './openapi-document.ts'
import type { Argument } from './openapi-schema.ts'
import { listProperties, walkParts } from './property-owner.ts'
import { isBinary } from './sanitize-schema.ts'

/** The encoding of a property of a form (OpenAPI 3.1.1, Encoding Object). */
export interface PropertyEncoding {
  contentType: string | undefined
  /** Undefined if the content type applies. */
  style: string | undefined
  explode: boolean
  /** Whether the property is a file. */
  isFile: boolean
}

/** The argument that the body comes from, and how it is encoded. */
export interface BodySlot {
  argument: string
  /** The media type that is sent. It has no wildcard. */
  mediaType: string
  kind: 'json' | 'form' | 'multipart' | 'binary' | 'text'
  /** The encodings of the properties of a form. */
  encoding: ReadonlyMap<string, PropertyEncoding>
}

type Json = Record<string, unknown>

/** Reads the body of an operation. Returns undefined if it has none. */
export function readBody(
  document: OpenApiDocument,
  { content, description, required }: Json,
  nameFor: (...wanted: [string, ...string[]]) => string,
): Argument<BodySlot> | undefined {
  const [given, media] = selectMedia(content)
  if (given === undefined) return undefined
  const { schema, encoding } = isObject(media) ? media : ({} as Json)
  const resolved = resolve(document, schema)
  const { mediaType, kind } = chooseKind(given, resolved)
  const argument = nameFor('body', 'request_body')
  return {
    described: {
      name: argument,
      schema: buildSchema(kind, mediaType, schema, resolved),
      description,
      required: required === true,
    },
    slot: { argument, mediaType, kind, encoding: readEncodings(document, schema, encoding) },
  }
}

const readBaseType = (type: string): string => type.split(';')[0]!.trim().toLowerCase()
const isJsonType = (type: string): boolean => /[/+]json$/.test(type)

/** Whether a media type is a text format that a model can write. */
const isTextType = (type: string): boolean =>
  /^text\/|[/+](?:xml|yaml|x-yaml|csv|graphql|javascript|sql|x-ndjson|jsonl|json-seq|jwt|x-sh)$/.test(type)

/** Selects the content that is easiest to create from JSON. */
function selectMedia(content: unknown): [string, unknown] | [] {
  const entries = Object.entries(isObject(content) ? content : {})
  const ranks = [
    isJsonType,
    (type: string) => type === 'application/x-www-form-urlencoded',
    (type: string) => type === 'multipart/form-data',
    (type: string) => type === '*/*' || type === 'application/*',
    (type: string) => type.startsWith('text/'),
    isTextType,
  ]
  for (const isRanked of ranks) {
    const found = entries.find(([type]) => isRanked(readBaseType(type)))
    if (found) return found
  }
  return entries[0] ?? []
}

/** Chooses how a body is encoded, and replaces wildcards in its media type. */
function chooseKind(given: string, schema: Json): Pick<BodySlot, 'mediaType' | 'kind'> {
  const base = readBaseType(given)
  if (base === 'application/x-www-form-urlencoded') return { kind: 'form', mediaType: given }
  if (base.startsWith('multipart/')) return { kind: 'multipart', mediaType: 'multipart/form-data' }
  if (isBinary(schema))
    return { kind: 'binary', mediaType: replaceWildcard(given, 'application/octet-stream') }
  if (isJsonType(base)) return { kind: 'json', mediaType: given }
  if (base === '*/*' || base === 'application/*') return { kind: 'json', mediaType: 'application/json' }
  if (isTextType(base) || base === 'text/*')
    return { kind: 'text', mediaType: replaceWildcard(given, 'text/plain') }
  if (base.startsWith('application/') && isStructured(schema)) return { kind: 'json', mediaType: given }
  if (schema.type === 'string' && schema.contentEncoding === undefined && schema.format !== 'byte') {
    return { kind: 'text', mediaType: replaceWildcard(given, 'text/plain') }
  }
  return { kind: 'binary', mediaType: replaceWildcard(given, 'application/octet-stream') }
}

const replaceWildcard = (type: string, replacement: string): string =>
  type.includes('*') ? replacement : type

const isStructured = (schema: Json): boolean =>
  ['properties', 'allOf', 'anyOf', 'oneOf', 'items', 'additionalProperties'].some((key) => key in schema) ||
  ['object', 'array'].includes(String(schema.type))

function buildSchema(kind: BodySlot['kind'], mediaType: string, schema: unknown, resolved: Json): unknown {
  if (kind === 'binary') return { type: 'string', contentEncoding: 'base64', contentMediaType: mediaType }
  if (kind !== 'text' || !isStructured(resolved)) return schema
  return { type: 'string', contentMediaType: mediaType }
}

function readEncodings(
  document: OpenApiDocument,
  schema: unknown,
  given: unknown,
): Map<string, PropertyEncoding> {
  const read = new Map<string, PropertyEncoding>()
  for (const [name, property] of listProperties(document, schema)) {
    const parts = [...walkParts(document, property, COMBINING)]
    const encoding = isObject(given) && Object.hasOwn(given, name) ? given[name] : undefined
    read.set(name, readEncoding(document, parts, isObject(encoding) ? encoding : {}))
  }
  return read
}

function readEncoding(document: OpenApiDocument, parts: Json[], encoding: Json): PropertyEncoding {
  const { style, explode, contentType } = encoding
  const isStyled = style !== undefined || explode !== undefined || encoding.allowReserved !== undefined
  const usedStyle = typeof style === 'string' ? style : 'form'
  const type = typeof contentType === 'string' ? contentType.split(',')[0]!.trim() : undefined
  const base = type && readBaseType(type)
  return {
    contentType: type?.includes('*') ? undefined : type,
    style: isStyled ? usedStyle : undefined,
    explode: typeof explode === 'boolean' ? explode : usedStyle === 'form',
    isFile:
      parts.some((part) => isBinary(part) || isListOfBytes(document, part)) ||
      (base !== undefined && !isJsonType(base) && !isTextType(base) && !parts.some(isStructured)),
  }
}

const COMBINING = ['allOf', 'anyOf', 'oneOf']

const isListOfBytes = (document: OpenApiDocument, { items }: Json): boolean =>
  [...walkParts(document, items, COMBINING)].some(isBinary)
