import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve, UnusablePart } from './openapi-document.ts'

/** The place of an API key in a request. */
export interface ApiKeySlot {
  /** The name of its security scheme. */
  scheme: string
  in: 'query' | 'header' | 'cookie'
  name: string
}

const PLACES = ['query', 'header', 'cookie']

const known = new WeakMap<OpenApiDocument, ApiKeySlot[]>()

/** Lists the API keys in the security schemes of a document. */
export function listApiKeys(document: OpenApiDocument): readonly ApiKeySlot[] {
  const found = known.get(document) ?? readApiKeys(document)
  known.set(document, found)
  return found
}

function readApiKeys(document: OpenApiDocument): ApiKeySlot[] {
  const { securitySchemes } = tryResolve(document, document.components)
  return Object.entries(isObject(securitySchemes) ? securitySchemes : {}).flatMap(([scheme, value]) => {
    const { type, in: place, name } = tryResolve(document, value)
    return type === 'apiKey' && PLACES.includes(place as string) && typeof name === 'string'
      ? [{ scheme, in: place as ApiKeySlot['in'], name }]
      : []
  })
}

/** Resolves a reference. A broken one counts as an empty object, which describes no key. */
function tryResolve(document: OpenApiDocument, value: unknown): Record<string, unknown> {
  try {
    return resolve(document, value)
  } catch (error) {
    if (error instanceof UnusablePart) return {}
    throw error
  }
}

/** Lists the keys that an operation requires, in any of its alternatives. */
export function listRequiredKeys(document: OpenApiDocument, operationSecurity: unknown): ApiKeySlot[] {
  const security = Array.isArray(operationSecurity) ? operationSecurity : document.security
  // Documents often describe a key without requiring it anywhere.
  if (!Array.isArray(security)) return [...listApiKeys(document)]
  const names = new Set(security.flatMap((one) => Object.keys(isObject(one) ? one : {})))
  return listApiKeys(document).filter(({ scheme }) => names.has(scheme))
}

/** @throws TypeError if a key has a name that no security scheme of the document has. */
export function checkApiKeys(document: OpenApiDocument, given: object): void {
  const schemes = listApiKeys(document).map(({ scheme }) => scheme)
  const unknown = Object.keys(given).find((name) => !schemes.includes(name))
  if (unknown === undefined) return
  const allowed = schemes.length > 0 ? `known are ${schemes.join(', ')}` : 'the document describes no API key'
  throw new TypeError(
    `registerOpenApiTools: apiKeys: there is no security scheme ${JSON.stringify(unknown)}: ${allowed}`,
  )
}
