import { isEqual } from '@portico-mcp/core/internal'
import type { AuthorizationRequest } from './authorization-request.ts'
import { type Cipher, createCipher } from './cipher.ts'
import { buildCookie, buildCookieName, readCookie } from './cookies.ts'
import { digestText, generateSecret } from './digest.ts'
import type { Settings } from './settings.ts'

/** An authorization request that waits for the consent of the user. */
export interface Transaction {
  request: AuthorizationRequest
  /** The user who was signed in when the page was shown, if there is the option `authenticate`. */
  sub?: string
}

/** The transaction as the consent page contains it, and the cookie that binds it to the browser. */
export interface EncryptedTransaction {
  encrypted: string
  cookies: readonly string[]
}

/** Carries authorization requests through the consent page. A transaction is encrypted, and valid in one browser only. */
export interface Transactions {
  encrypt(transaction: Transaction, request: Request): Promise<EncryptedTransaction>
  /** @returns undefined if the transaction is forged or expired, or belongs to another browser. */
  decrypt(encrypted: string | null, request: Request): Promise<Transaction | undefined>
}

const TTL_SECONDS = 600
const BROWSER_SECRET = /^[\w-]{43}$/

interface BoundTransaction extends Transaction {
  /** The digest of the cookie. */
  browser: string
}

/** Creates the transactions of a server. */
export function createTransactions({ base, sessionSecrets }: Settings): Transactions {
  const cipher: Cipher<BoundTransaction> = createCipher(sessionSecrets, 'transaction')
  const cookieName = buildCookieName(base, 'browser')
  const readSecret = (request: Request): string | undefined => {
    const secret = readCookie(request, cookieName)
    return secret !== undefined && BROWSER_SECRET.test(secret) ? secret : undefined
  }
  return {
    async encrypt(transaction, request) {
      const secret = readSecret(request) ?? generateSecret()
      const bound = { ...transaction, browser: digestText(secret) }
      const encrypted = await cipher.encrypt('consent', bound, TTL_SECONDS)
      return { encrypted, cookies: [buildCookie(cookieName, secret, TTL_SECONDS)] }
    },
    async decrypt(encrypted, request) {
      const secret = readSecret(request)
      const bound = await cipher.decrypt('consent', encrypted)
      if (!bound || secret === undefined || !isEqual(bound.browser, digestText(secret))) return undefined
      return bound
    },
  }
}

/** Whether a request comes from a page of this server, as far as the browser says where it comes from. */
export function isSameOrigin({ headers }: Request, base: string): boolean {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  return (origin === null || origin === new URL(base).origin) && (site === null || site === 'same-origin')
}
