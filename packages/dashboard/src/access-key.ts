import { isEqual, sha256 } from '@portico-mcp/core/internal'
import { parseCookie } from './cookie.ts'

/** The purpose of a cookie: `visit` opens the dashboard, `return` only redirects a browser back to it. */
type Purpose = 'visit' | 'return'

const KEY_BYTES = 32

/**
 * The secret in the URL of the page, and the cookies that a browser gets in exchange. It is created at first use, since
 * Workers have no random numbers while a module is loaded.
 */
export class AccessKey {
  #key: string | undefined
  #values: Promise<Record<Purpose, string>> | undefined

  /** @param given - The secret. @defaultValue a random one */
  constructor(given: string | undefined) {
    this.#key = given
  }

  get text(): string {
    this.#key ??= base64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
    return this.#key
  }

  /** Returns whether the URL of a request has the secret as `key`. */
  isInUrl(url: URL): boolean {
    const sent = url.searchParams.get('key')
    return sent !== null && isSame(sent, this.text)
  }

  /** Returns whether a request has the cookie for a purpose. */
  async isInCookie(request: Request, purpose: Purpose): Promise<boolean> {
    const sent = parseCookie(request.headers.get('cookie'), cookieName(request, purpose))
    return sent !== undefined && isSame(sent, (await this.#cookieValues())[purpose])
  }

  /** Returns the `Set-Cookie` values that replace the secret until the browser is closed or the secret changes. */
  async setCookies(request: Request): Promise<string[]> {
    const values = await this.#cookieValues()
    const secure = new URL(request.url).protocol === 'https:' ? '; Secure' : ''
    const cookie = (purpose: Purpose, sameSite: string) =>
      `${cookieName(request, purpose)}=${values[purpose]}; Path=/; HttpOnly; SameSite=${sameSite}${secure}`
    return [cookie('visit', 'Strict'), cookie('return', 'Lax')]
  }

  #cookieValues(): Promise<Record<Purpose, string>> {
    this.#values ??= Promise.all([derive(this.text, 'visit'), derive(this.text, 'return')]).then(
      ([visit, back]) => ({ visit, return: back }),
    )
    return this.#values
  }
}

/** Cookies are shared by all ports of a host (RFC 6265 section 8.5), so each port has its own names. */
function cookieName({ url }: Request, purpose: Purpose): string {
  return `portico-dashboard-${purpose}-${new URL(url).port || 'default'}`
}

async function derive(key: string, purpose: Purpose): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const secret = await crypto.subtle.importKey('raw', encode(key), algorithm, false, ['sign'])
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', secret, encode(`dashboard ${purpose}`))))
}

/** Compares digests, which have the same length, so that the duration reveals nothing about either text. */
const isSame = (sent: string, expected: string): boolean => isEqual(sha256(sent), sha256(expected))

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
