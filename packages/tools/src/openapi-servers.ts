import { checkApiContext } from './api-context.ts'
import { isObject } from './objects.ts'
import { UnusablePart } from './openapi-document.ts'

/**
 * Finds the nearest absolute server, and replaces its variables by their defaults. A relative or empty server, and one with
 * a variable without a default, does not say where the API is, so the base URL of `withApi` applies. A URL that begins with
 * `//` is returned without a scheme.
 *
 * @param levels - The servers of the operation, the path and the document, in this order.
 * @throws UnusablePart if the URL cannot be a base URL, for example because it has credentials.
 */
export function findServer(levels: readonly unknown[]): string | undefined {
  for (const servers of levels) {
    for (const server of Array.isArray(servers) ? servers : []) {
      const url = buildServerUrl(server)
      if (url !== undefined) return url
    }
  }
  return undefined
}

function buildServerUrl(server: unknown): string | undefined {
  if (!isObject(server) || typeof server.url !== 'string') return undefined
  const variables = isObject(server.variables) ? server.variables : {}
  const url = server.url.trim().replace(/\{([^{}]*)\}/g, (whole, name) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    return chooseValue(variable) ?? whole
  })
  if (!/^(?:https?:)?\/\/[^/?#]/i.test(url) || /[{}]/.test(url)) return undefined
  try {
    checkApiContext('registerOpenApiTools', { apiBaseUrl: addScheme(url, undefined) }, 'servers')
  } catch (cause) {
    throw new UnusablePart(`The server ${JSON.stringify(server.url.slice(0, 200))} cannot be called`, {
      cause,
    })
  }
  return url
}

function chooseValue(variable: unknown): string | undefined {
  if (!isObject(variable)) return undefined
  const { default: value, enum: values } = variable
  const chosen = value ?? (Array.isArray(values) ? values[0] : undefined)
  return ['string', 'number', 'boolean'].includes(typeof chosen) ? String(chosen) : undefined
}

/** Adds the scheme to a server without one: that of the base URL, else `https` (RFC 3986 §5.2.2). */
export function addScheme(server: string, base: string | undefined): string {
  if (!server.startsWith('//')) return server
  return `${base === undefined ? 'https:' : new URL(base).protocol}${server}`
}
