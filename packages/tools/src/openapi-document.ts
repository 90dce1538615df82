import { fits } from './measure.ts'
import { isObject } from './objects.ts'

type Json = Record<string, unknown>

/** An OpenAPI document in its 3.1 form. */
export interface OpenApiDocument extends Json {
  paths: Json
}

const LARGEST_DOCUMENT = { depth: 200, elements: 1_000_000 }

const read = new WeakMap<object, Promise<OpenApiDocument>>()

/**
 * Reads a document, once an object: text as JSON or YAML, and 3.0 in the form of 3.1.
 *
 * @throws TypeError for what is none of 3.0 or 3.1, or too large.
 */
export function readDocument(document: string | object): Promise<OpenApiDocument> {
  if (typeof document === 'string') return readFresh(document)
  const known = read.get(document) ?? readFresh(document)
  read.set(document, known)
  return known
}

async function readFresh(document: string | object): Promise<OpenApiDocument> {
  if (typeof document === 'object' && !fits(document, LARGEST_DOCUMENT)) {
    throw new TypeError('The OpenAPI document is too large, or contains itself')
  }
  // the parser is large, and only some servers need it
  const { normalize, upgrade } = await import('@scalar/openapi-parser')
  const given: unknown = typeof document === 'string' ? normalize(document) : document
  if (!isObject(given) || !/^3\.[01]\./.test(`${given.openapi}.`) || !isObject(given.paths ?? {})) {
    throw new TypeError('Not an OpenAPI document of 3.0 or 3.1')
  }
  if (!fits(given, LARGEST_DOCUMENT)) throw new TypeError('The OpenAPI document is too large')
  // it changes what it gets
  const { specification } = upgrade(structuredClone(given) as never)
  return { paths: {}, ...(specification as Json | null) }
}

const MAX_HOPS = 20

/**
 * What stands at a place, behind its references.
 *
 * @throws TypeError for a reference to another document, or to nothing.
 */
export function resolve(document: OpenApiDocument, value: unknown): Json {
  let found = value
  for (let hops = 0; isObject(found) && typeof found.$ref === 'string'; hops++) {
    if (hops === MAX_HOPS) throw new TypeError(`${found.$ref} refers to itself without end`)
    found = at(document, found.$ref)
  }
  return isObject(found) ? found : {}
}

/** @throws TypeError for a pointer into another document, or to nothing. */
export function at(document: OpenApiDocument, pointer: string): unknown {
  if (!/^#(\/|$)/.test(pointer)) throw new TypeError(`${pointer} is not in the document; nothing is fetched`)
  let found: unknown = document
  for (const part of pointer.split('/').slice(1)) {
    const name = unescaped(part)
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, name)
        ? (found as Json)[name]
        : undefined
  }
  if (found === undefined) throw new TypeError(`${pointer} is not in the document`)
  return found
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
  } catch {
    return part
  }
}
