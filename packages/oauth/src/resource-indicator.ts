import { OAuthServerRefusal } from './refusal.ts'

/**
 * Reads the resource of a request (RFC 8707 §2). One trailing slash and the case of the host do not count.
 *
 * @param known - The configured resources.
 * @returns The resource as it is configured; undefined if the request has none.
 * @throws OAuthServerRefusal `unknown-resource` if the resource is unknown, or if there are several.
 */
export function readResource(parameters: URLSearchParams, known: readonly string[]): string | undefined {
  const requested = new Set(parameters.getAll('resource').map(canonicalize))
  if (requested.size === 0) return undefined
  const [only] = requested
  const found = requested.size === 1 ? known.find((resource) => canonicalize(resource) === only) : undefined
  if (found === undefined) throw new OAuthServerRefusal('unknown-resource')
  return found
}

/** Builds the identifier of a resource, without the slash that `URL` adds after a host (RFC 9728 §1.2). */
export function toResourceIdentifier(resource: string): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}

function canonicalize(resource: string): string {
  if (!URL.canParse(resource)) return resource
  const { protocol, host, pathname, search, hash } = new URL(resource)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}${search}${hash}`
}
