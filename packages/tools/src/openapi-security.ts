import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'

/** Where an API key stands in a request. */
export interface ApiKeySlot {
  /** The name of its security scheme. */
  scheme: string
  in: 'query' | 'header' | 'cookie'
  name: string
}

const PLACES = ['query', 'header', 'cookie']

const known = new WeakMap<OpenApiDocument, ApiKeySlot[]>()

/** The API keys that the security schemes of a document describe. */
export function apiKeysOf(document: OpenApiDocument): readonly ApiKeySlot[] {
  const found = known.get(document) ?? readKeys(document)
  known.set(document, found)
  return found
}

function readKeys(document: OpenApiDocument): ApiKeySlot[] {
  const { securitySchemes } = resolveOr(document, document.components)
  return Object.entries(isObject(securitySchemes) ? securitySchemes : {}).flatMap(([scheme, value]) => {
    const { type, in: place, name } = resolveOr(document, value)
    return type === 'apiKey' && PLACES.includes(place as string) && typeof name === 'string'
      ? [{ scheme, in: place as ApiKeySlot['in'], name }]
      : []
  })
}

/** A scheme that cannot be found carries no key. */
function resolveOr(document: OpenApiDocument, value: unknown): Record<string, unknown> {
  try {
    return resolve(document, value)
  } catch (error) {
    if (error instanceof UnusablePart) return {}
    throw error
  }
}

/** The keys that an operation asks for, in any of its alternatives. */
export function keysOf(document: OpenApiDocument, own: unknown): ApiKeySlot[] {
  const security = Array.isArray(own) ? own : document.security
  // documents often describe a key, and forget to ask for it
  if (!Array.isArray(security)) return [...apiKeysOf(document)]
  const names = new Set(security.flatMap((one) => Object.keys(isObject(one) ? one : {})))
  return apiKeysOf(document).filter(({ scheme }) => names.has(scheme))
}

/** @throws TypeError for a key that no security scheme of the document describes */
export function checkApiKeys(document: OpenApiDocument, given: object): void {
  const schemes = apiKeysOf(document).map(({ scheme }) => scheme)
  const unknown = Object.keys(given).find((name) => !schemes.includes(name))
  if (unknown === undefined) return
  const allowed = schemes.length > 0 ? `must be one of ${schemes.join(', ')}` : 'the document describes none'
  throw new TypeError(`registerOpenApiTools: apiKeys has "${unknown}"; ${allowed}`)
}
