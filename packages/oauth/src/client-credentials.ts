import type { ClientAuthMethod } from './client.ts'
import { OAuthServerRefusal } from './refusal.ts'

/**
 * Who an application says it is. RFC 6749 §2.3.1 has Basic credentials form-encoded, which many clients leave out, so
 * one header may be read in several ways.
 */
export interface ClientCredentials {
  /** The client id in each reading, the one of the RFC first; never empty. */
  clientIds: readonly string[]
  /** The secret in each reading; empty where none came. */
  secrets: readonly string[]
  method: ClientAuthMethod
  /** Whether the credentials came in the header. */
  inHeader: boolean
}

/**
 * The credentials of a request to the token endpoint, in the header or in the body, never in both (RFC 6749 §2.3). An
 * empty secret counts as absent (§2.3.1).
 *
 * @throws OAuthServerRefusal `bad-client-credentials`
 */
export function readClientCredentials({ headers }: Request, body: URLSearchParams): ClientCredentials {
  const header = headers.get('authorization')
  return header === null ? fromBody(body) : fromHeader(header, body)
}

function fromBody(body: URLSearchParams): ClientCredentials {
  const clientId = body.get('client_id')
  if (!clientId) {
    throw refusal(
      body.has('client_assertion')
        ? 'client_assertion is not supported; use none, client_secret_basic or client_secret_post'
        : 'client_id is missing',
    )
  }
  const secret = body.get('client_secret')
  if (!secret) return { clientIds: [clientId], secrets: [], method: 'none', inHeader: false }
  // a + that was not encoded arrives as a space
  const secrets = unique([secret, secret.replaceAll(' ', '+')])
  return { clientIds: [clientId], secrets, method: 'client_secret_post', inHeader: false }
}

function fromHeader(header: string, body: URLSearchParams): ClientCredentials {
  const [, encoded] = /^basic +([\w+/=-]+) *$/i.exec(header) ?? []
  const text = encoded === undefined ? undefined : decodeBase64(encoded)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1) {
    throw refusal('The authorization header must be Basic with a client_id and a client_secret')
  }
  const clientIds = readingsOf(text.slice(0, colon))
  const secrets = readingsOf(text.slice(colon + 1))
  const named = body.get('client_id')
  if (body.has('client_secret'))
    throw refusal('Send the client_secret in the header or in the body, not in both')
  if (named !== null && !clientIds.includes(named)) {
    throw refusal('The client_id of the body is another one than in the authorization header')
  }
  const method = secrets.length > 0 ? 'client_secret_basic' : 'none'
  return { clientIds, secrets, method, inHeader: true }
}

function decodeBase64(encoded: string): string | undefined {
  try {
    const text = atob(encoded)
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** What a part of Basic credentials may mean: form-encoded, percent-encoded, or as it is. */
const readingsOf = (part: string): string[] =>
  unique([decoded(part.replaceAll('+', ' ')), decoded(part), part].filter((text) => text !== undefined))

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].filter((text) => text !== '')

const refusal = (hint: string): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-credentials', { hint })
