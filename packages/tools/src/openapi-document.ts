import { fits } from './measure.ts'
import { isObject } from './objects.ts'

type Json = Record<string, unknown>

/** An OpenAPI document of 3.0 or 3.1. */
export interface OpenApiDocument extends Json {
  paths: Json
}

/** A part of a document that no tool can be made of; its message says what is wrong. */
export class UnusablePart extends TypeError {}

const LARGEST_DOCUMENT = { depth: 200, elements: 2_000_000 }
const MOST_TEXTS = 20

const readObjects = new WeakMap<object, OpenApiDocument>()
const readTexts = new Map<string, Promise<OpenApiDocument>>()

/**
 * Reads a document, once an object, and once a text as long as few others are read: text is JSON or YAML.
 *
 * @throws TypeError for what is not of 3.0 or 3.1, or too large.
 */
export async function readDocument(document: string | object): Promise<OpenApiDocument> {
  if (typeof document === 'string') return readText(document)
  const known = readObjects.get(document) ?? check(document)
  readObjects.set(document, known)
  return known
}

function readText(text: string): Promise<OpenApiDocument> {
  const known = readTexts.get(text) ?? parse(text).then(check)
  readTexts.delete(text)
  readTexts.set(text, known)
  const [oldest] = readTexts.keys()
  if (readTexts.size > MOST_TEXTS && oldest !== undefined) readTexts.delete(oldest)
  return known
}

async function parse(text: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text)
    } catch {
      // YAML may begin with a brace as well
    }
  }
  // the parser is large, and only documents in YAML need it
  const { parse: parseYaml } = await import('yaml')
  try {
    return parseYaml(text)
  } catch (cause) {
    throw new TypeError('Not an OpenAPI document of 3.0 or 3.1: it is neither JSON nor YAML', { cause })
  }
}

function check(given: unknown): OpenApiDocument {
  if (typeof given === 'object' && !fits(given, LARGEST_DOCUMENT)) {
    throw new TypeError('The OpenAPI document is too large, or contains itself')
  }
  if (!isObject(given) || !/^3\.[01](\.|$)/.test(String(given.openapi)) || !isObject(given.paths ?? {})) {
    throw new TypeError('Not an OpenAPI document of 3.0 or 3.1')
  }
  return Object.freeze({ ...given, paths: (given.paths ?? {}) as Json })
}

/**
 * What stands at a place, behind its references.
 *
 * @throws UnusablePart for a reference to another document, or to nothing.
 */
export function resolve(document: OpenApiDocument, value: unknown): Json {
  const seen = new Set<unknown>()
  let found = value
  while (isObject(found) && typeof found.$ref === 'string') {
    if (seen.has(found)) throw new UnusablePart(`${found.$ref.slice(0, 200)} refers to itself without end`)
    seen.add(found)
    found = at(document, found.$ref)
  }
  return isObject(found) ? found : {}
}

/** @throws UnusablePart for a pointer into another document, or to nothing. */
export function at(document: OpenApiDocument, pointer: string): unknown {
  const shown = pointer.slice(0, 200)
  if (!/^#(\/|$)/.test(pointer)) throw new UnusablePart(`${shown} is not in the document; nothing is fetched`)
  let found: unknown = document
  for (const part of pointer.split('/').slice(1)) {
    const name = unescaped(part)
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, name)
        ? (found as Json)[name]
        : undefined
  }
  if (found === undefined) throw new UnusablePart(`${shown} is not in the document`)
  return found
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}

/** The end of a chain of schemas that are nothing but a reference to the next. */
export function finalPointer(document: OpenApiDocument, start: string): string {
  const seen = new Set([start])
  let pointer = start
  for (;;) {
    const found = at(document, pointer)
    if (!isObject(found) || typeof found.$ref !== 'string' || Object.keys(found).length > 1) return pointer
    pointer = found.$ref
    if (seen.has(pointer)) throw new UnusablePart(`${pointer.slice(0, 200)} refers to itself without end`)
    seen.add(pointer)
  }
}
