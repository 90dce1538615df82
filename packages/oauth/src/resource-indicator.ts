import { OAuthServerRefusal } from './refusal.ts'

/**
 * The resource that a request names (RFC 8707 §2), as it is configured: one trailing slash and the case of the
 * host do not count.
 *
 * @returns undefined where it names none.
 * @throws OAuthServerRefusal `unknown-resource`, also for several at once.
 */
export function namedResource(parameters: URLSearchParams, known: readonly string[]): string | undefined {
  const named = new Set(parameters.getAll('resource').map(canonical))
  if (named.size === 0) return undefined
  const [asked] = named
  const found = named.size === 1 ? known.find((resource) => canonical(resource) === asked) : undefined
  if (found === undefined) throw new OAuthServerRefusal('unknown-resource')
  return found
}

/** A resource's identifier, without the slash that a URL puts after a host (RFC 9728 §1.2). */
export function identifierOf(resource: string): string {
  const { origin, pathname, search } = new URL(resource)
  return `${origin}${pathname === '/' ? '' : pathname}${search}`
}

function canonical(resource: string): string {
  if (!URL.canParse(resource)) return resource
  const { protocol, host, pathname, search, hash } = new URL(resource)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}${search}${hash}`
}
