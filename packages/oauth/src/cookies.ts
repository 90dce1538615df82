/** The value of a cookie; undefined where there is none. */
export function readCookie({ headers }: Request, name: string): string | undefined {
  for (const cookie of (headers.get('cookie') ?? '').split(';')) {
    const [key, ...value] = cookie.split('=')
    if (key?.trim() === name) return value.join('=').trim()
  }
  return undefined
}

/** A cookie of this host alone. The prefix takes https, and a browser refuses it elsewhere. */
export const cookieName = (base: string, name: string): string =>
  `${base.startsWith('https:') ? '__Host-' : ''}portico-oauth-${name}`

/** @param maxAge - Seconds; 0 removes it. */
export const setCookie = (name: string, value: string, maxAge: number): string =>
  `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${name.startsWith('__Host-') ? '; Secure' : ''}`
