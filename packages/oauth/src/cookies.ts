/** Reads the value of a cookie. Returns undefined if there is none. */
export function readCookie({ headers }: Request, name: string): string | undefined {
  for (const cookie of (headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = cookie.split('=')
    if (key?.trim() === name) return value.join('=').trim()
  }
  return undefined
}

/** Builds the name of a cookie. With https it has the prefix `__Host-`, which restricts the cookie to this host. */
export const buildCookieName = (base: string, name: string): string =>
  `${base.startsWith('https:') ? '__Host-' : ''}portico-oauth-${name}`

/**
 * Builds the value of a `Set-Cookie` header.
 *
 * @param maxAgeSeconds - 0 removes the cookie.
 */
export const buildCookie = (name: string, value: string, maxAgeSeconds: number): string =>
  `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${name.startsWith('__Host-') ? '; Secure' : ''}`
