import { shown } from '@portico-mcp/core/internal'
import { isObject } from './objects.ts'
import { isWithinSize } from './size.ts'

type Json = Record<string, unknown>

/** A document of OpenAPI 3.0 or 3.1. */
export interface OpenApiDocument extends Json {
  paths: Json
}

/** The error for a part of a document that no tool can be created from. */
export class UnusablePart extends TypeError {}

const MAX_DOCUMENT_SIZE = { depth: 200, elements: 2_000_000 }
const MAX_TEXTS = 20

const readObjects = new WeakMap<object, OpenApiDocument>()
const readTexts = new Map<string, Promise<OpenApiDocument>>()

/**
 * Reads a document: an object, or its text in JSON or YAML. Objects, and the last 20 texts, are cached.
 *
 * @throws TypeError if it is not a document of OpenAPI 3.0 or 3.1, or is too large.
 */
export async function readDocument(document: string | object): Promise<OpenApiDocument> {
  if (typeof document === 'string') return readText(document)
  const known = readObjects.get(document) ?? checkDocument(document)
  readObjects.set(document, known)
  return known
}

function readText(text: string): Promise<OpenApiDocument> {
  const known = readTexts.get(text) ?? parseText(text).then(checkDocument)
  readTexts.delete(text)
  readTexts.set(text, known)
  const [oldest] = readTexts.keys()
  if (readTexts.size > MAX_TEXTS && oldest !== undefined) readTexts.delete(oldest)
  return known
}

async function parseText(text: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text)
    } catch {
      // YAML may begin with a brace too.
    }
  }
  // The parser is large, and only YAML needs it.
  const { parse: parseYaml } = await import('yaml')
  try {
    return parseYaml(text)
  } catch (cause) {
    throw new TypeError(
      'registerOpenApiTools: document must be an OpenAPI document of 3.0 or 3.1, but is neither JSON nor YAML',
      { cause },
    )
  }
}

function checkDocument(given: unknown): OpenApiDocument {
  if (typeof given === 'object' && !isWithinSize(given, MAX_DOCUMENT_SIZE)) {
    throw new TypeError('registerOpenApiTools: document is too large, or contains itself')
  }
  if (!isObject(given) || !/^3\.[01](\.|$)/.test(String(given.openapi)) || !isObject(given.paths ?? {})) {
    const version = isObject(given) ? shown(given.openapi ?? given.swagger) : shown(given)
    throw new TypeError(
      `registerOpenApiTools: document must be an OpenAPI document of 3.0 or 3.1 with paths (got version ${version})`,
    )
  }
  return Object.freeze({ ...given, paths: (given.paths ?? {}) as Json })
}

/**
 * Follows the references of a value to an object.
 *
 * @throws UnusablePart if a reference leads to another document or to nothing, or refers to itself.
 */
export function resolve(document: OpenApiDocument, value: unknown): Json {
  const seen = new Set<unknown>()
  let found = value
  while (isObject(found) && typeof found.$ref === 'string') {
    if (seen.has(found)) throw new UnusablePart(`${found.$ref.slice(0, 200)} refers to itself without end`)
    seen.add(found)
    found = findPointer(document, found.$ref)
  }
  return isObject(found) ? found : {}
}

/** Finds the value at a pointer. @throws UnusablePart if the pointer leads to another document or to nothing. */
export function findPointer(document: OpenApiDocument, pointer: string): unknown {
  const text = pointer.slice(0, 200)
  if (!/^#(\/|$)/.test(pointer)) throw new UnusablePart(`${text} is not in the document; nothing is fetched`)
  let found: unknown = document
  for (const part of pointer.split('/').slice(1)) {
    const name = unescapePart(part)
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, name)
        ? (found as Json)[name]
        : undefined
  }
  if (found === undefined) throw new UnusablePart(`${text} is not in the document`)
  return found
}

function unescapePart(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}

/** Follows a chain of schemas that consist of a reference only, to its last pointer. */
export function followReferences(document: OpenApiDocument, start: string): string {
  const seen = new Set([start])
  let pointer = start
  for (;;) {
    const found = findPointer(document, pointer)
    if (!isObject(found) || typeof found.$ref !== 'string' || Object.keys(found).length > 1) return pointer
    pointer = found.$ref
    if (seen.has(pointer)) throw new UnusablePart(`${pointer.slice(0, 200)} refers to itself without end`)
    seen.add(pointer)
  }
}
