import { checkApi } from './api-context.ts'
import { isObject } from './objects.ts'
import { UnusablePart } from './openapi-document.ts'

/**
 * The nearest absolute server, its variables filled in with their defaults. A relative or empty one, and one
 * with a variable without a default, says nothing of where an API is: the base URL of `withApi` does. One
 * that begins with `//` keeps that beginning.
 *
 * @param levels - Servers of the operation, the path and the document, in this order.
 * @throws UnusablePart for an address that cannot be a base, such as one with credentials.
 */
export function serverOf(levels: readonly unknown[]): string | undefined {
  for (const servers of levels) {
    for (const server of Array.isArray(servers) ? servers : []) {
      const url = urlOf(server)
      if (url !== undefined) return url
    }
  }
  return undefined
}

function urlOf(server: unknown): string | undefined {
  if (!isObject(server) || typeof server.url !== 'string') return undefined
  const variables = isObject(server.variables) ? server.variables : {}
  const url = server.url.trim().replace(/\{([^{}]*)\}/g, (whole, name) => {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined
    return chosenValue(variable) ?? whole
  })
  if (!/^(?:https?:)?\/\/[^/?#]/i.test(url) || /[{}]/.test(url)) return undefined
  try {
    checkApi({ apiBaseUrl: withScheme(url, undefined) })
  } catch (cause) {
    throw new UnusablePart(`The server ${JSON.stringify(server.url.slice(0, 200))} cannot be called`, {
      cause,
    })
  }
  return url
}

function chosenValue(variable: unknown): string | undefined {
  if (!isObject(variable)) return undefined
  const { default: value, enum: values } = variable
  const chosen = value ?? (Array.isArray(values) ? values[0] : undefined)
  return ['string', 'number', 'boolean'].includes(typeof chosen) ? String(chosen) : undefined
}

/** A server that leaves out its scheme has that of the base URL, else `https` (RFC 3986 §5.2.2). */
export function withScheme(server: string, base: string | undefined): string {
  if (!server.startsWith('//')) return server
  return `${base === undefined ? 'https:' : new URL(base).protocol}${server}`
}
