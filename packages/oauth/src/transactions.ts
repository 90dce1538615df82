import { isEqual } from '@portico-mcp/core/internal'
import type { AuthorizationRequest } from './authorization-request.ts'
import { cookieName, readCookie, setCookie } from './cookies.ts'
import { digestOf, randomSecret } from './digest.ts'
import { type Seal, sealFor } from './seal.ts'
import type { Settings } from './settings.ts'

/** An authorization request on its way through the pages. */
export interface Transaction {
  request: AuthorizationRequest
  /** Who was signed in when the page was shown, where the host has users of its own. */
  sub?: string
}

/** A transaction as the page carries it, and what binds it to the browser. */
export interface SealedTransaction {
  sealed: string
  cookies: readonly string[]
}

/** Carries requests through the consent page and back: sealed, and of use in one browser alone. */
export interface Transactions {
  seal(transaction: Transaction, request: Request): Promise<SealedTransaction>
  /** undefined for what is forged or over, or came from another browser. */
  open(sealed: string | null, request: Request): Promise<Transaction | undefined>
}

const TTL = 600
const SECRET = /^[\w-]{43}$/

interface Bound extends Transaction {
  browser: string
}

export function transactionsOf({ base, sessionSecrets }: Settings): Transactions {
  const seal: Seal<Bound> = sealFor(sessionSecrets, 'transaction')
  const name = cookieName(base, 'browser')
  const browserOf = (request: Request): string | undefined => {
    const secret = readCookie(request, name)
    return secret !== undefined && SECRET.test(secret) ? secret : undefined
  }
  return {
    async seal(transaction, request) {
      const secret = browserOf(request) ?? randomSecret()
      const sealed = await seal.seal('consent', { ...transaction, browser: digestOf(secret) }, TTL)
      return { sealed, cookies: [setCookie(name, secret, TTL)] }
    },
    async open(sealed, request) {
      const secret = browserOf(request)
      const bound = await seal.open('consent', sealed)
      if (!bound || secret === undefined || !isEqual(bound.browser, digestOf(secret))) return undefined
      return bound
    },
  }
}

/** Whose page an answer came from, as far as the browser says: this server's own. */
export function isOwnPage({ headers }: Request, base: string): boolean {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  return (origin === null || origin === new URL(base).origin) && (site === null || site === 'same-origin')
}
