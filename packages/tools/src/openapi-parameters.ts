import { isObject } from './objects.ts'
import { type OpenApiDocument, resolve } from './openapi-document.ts'

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
  const secrets = secretsOf(document)
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

/** Parameters that carry an API key: no model should fill them in. */
function secretsOf(document: OpenApiDocument): Set<string> {
  const { securitySchemes } = resolve(document, document.components)
  const schemes = Object.values(isObject(securitySchemes) ? securitySchemes : {})
  return new Set(
    schemes
      .map((scheme) => resolve(document, scheme))
      .filter(({ type }) => type === 'apiKey')
      .map(({ in: location, name }) => placeOf(location, String(name))),
  )
}

const placeOf = (location: unknown, name: string): string =>
  `${location} ${location === 'header' ? name.toLowerCase() : name}`
