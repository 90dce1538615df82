import { type OpenApiDocument, resolve } from './openapi-document.ts'
import { apiKeysOf } from './openapi-security.ts'

/** Where a parameter stands in a request. */
export type Location = 'path' | 'query' | 'header' | 'cookie'

/** A parameter of an operation, as the document has it. */
export interface Parameter extends Record<string, unknown> {
  name: string
  in: Location
}

const LOCATIONS = ['path', 'query', 'header', 'cookie']

// OpenAPI 3.1.1, Parameter Object: these are said elsewhere
const RESERVED_HEADERS = ['accept', 'content-type', 'authorization', 'cookie', 'host']

/**
 * The parameters that a caller fills in, by place: of several for one, the last; none that carries
 * credentials, is said elsewhere, or is marked `x-mcp-exclude`.
 */
export function parametersOf(document: OpenApiDocument, values: unknown[]): Parameter[] {
  // no model should fill in an API key
  const secrets = new Set(apiKeysOf(document).map((key) => placeOf(key.in, key.name)))
  const byPlace = new Map<string, Parameter>()
  for (const value of values) {
    const parameter = resolve(document, value)
    const { name, in: location } = parameter
    if (typeof name !== 'string' || !LOCATIONS.includes(location as string)) continue
    const place = placeOf(location, name)
    byPlace.delete(place)
    if (parameter['x-mcp-exclude'] || secrets.has(place)) continue
    if (location === 'header' && RESERVED_HEADERS.includes(name.toLowerCase())) continue
    byPlace.set(place, parameter as Parameter)
  }
  return [...byPlace.values()].sort((a, b) => LOCATIONS.indexOf(a.in) - LOCATIONS.indexOf(b.in))
}

const placeOf = (location: unknown, name: string): string =>
  `${location} ${location === 'header' ? name.toLowerCase() : name}`
