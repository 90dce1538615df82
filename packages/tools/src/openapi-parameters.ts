import { type OpenApiDocument, resolve } from './openapi-document.ts'
import { listApiKeys } from './openapi-security.ts'

/** The location of a parameter in a request. */
export type Location = 'path' | 'query' | 'header' | 'cookie'

/** A parameter of an operation in the document. */
export interface Parameter extends Record<string, unknown> {
  name: string
  in: Location
}

const LOCATIONS = ['path', 'query', 'header', 'cookie']

// OpenAPI 3.1.1, Parameter Object: other parts of the document describe these. Cookies and the host are never arguments.
const RESERVED_HEADERS = ['accept', 'content-type', 'authorization', 'cookie', 'host']

/**
 * Lists the parameters that the caller fills in, sorted by location. Of several with the same name and location, the last
 * one counts. Parameters that contain credentials, or are marked `x-mcp-exclude`, are left out.
 */
export function listParameters(document: OpenApiDocument, values: unknown[]): Parameter[] {
  // A model must not fill in an API key.
  const secrets = new Set(listApiKeys(document).map((key) => buildPlace(key.in, key.name)))
  const byPlace = new Map<string, Parameter>()
  for (const value of values) {
    const parameter = resolve(document, value)
    const { name, in: location } = parameter
    if (typeof name !== 'string' || !LOCATIONS.includes(location as string)) continue
    const place = buildPlace(location, name)
    byPlace.delete(place)
    if (parameter['x-mcp-exclude'] || secrets.has(place)) continue
    if (location === 'header' && RESERVED_HEADERS.includes(name.toLowerCase())) continue
    byPlace.set(place, parameter as Parameter)
  }
  return [...byPlace.values()].sort((a, b) => LOCATIONS.indexOf(a.in) - LOCATIONS.indexOf(b.in))
}

const buildPlace = (location: unknown, name: string): string =>
  `${location} ${location === 'header' ? name.toLowerCase() : name}`
