import type { ClientAuthMethod } from './client.ts'
import { OAuthServerRefusal } from './refusal.ts'

/**
 * The credentials of a client. Basic credentials are form-encoded (RFC 6749 §2.3.1), but many clients do not encode them,
 * so a header can have several readings.
 */
export interface ClientCredentials {
  /** The readings of the client id, at least one. The reading of the RFC comes first. */
  clientIds: readonly string[]
  /** The readings of the secret; empty if there is none. */
  secrets: readonly string[]
  method: ClientAuthMethod
  /** Whether the credentials are in the header. */
  inHeader: boolean
}

/**
 * Reads the credentials of a request to the token endpoint from the header or the body; both are not allowed (RFC 6749
 * §2.3). An empty secret counts as absent (§2.3.1).
 *
 * @throws OAuthServerRefusal `bad-client-credentials`
 */
export function readClientCredentials({ headers }: Request, body: URLSearchParams): ClientCredentials {
  const header = headers.get('authorization')
  return header === null ? readBody(body) : readHeader(header, body)
}

function readBody(body: URLSearchParams): ClientCredentials {
  const clientId = body.get('client_id')
  if (!clientId) {
    throw createRefusal(
      body.has('client_assertion')
        ? 'client_assertion is not supported; use none, client_secret_basic or client_secret_post'
        : 'client_id is missing',
    )
  }
  const secret = body.get('client_secret')
  if (!secret) return { clientIds: [clientId], secrets: [], method: 'none', inHeader: false }
  // A `+` that the client did not encode arrives as a space.
  const secrets = removeDuplicates([secret, secret.replaceAll(' ', '+')])
  return { clientIds: [clientId], secrets, method: 'client_secret_post', inHeader: false }
}

function readHeader(header: string, body: URLSearchParams): ClientCredentials {
  const [, encoded] = /^basic +([\w+/=-]+) *$/i.exec(header) ?? []
  const text = encoded === undefined ? undefined : decodeBase64(encoded)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1) {
    throw createRefusal('The authorization header must be Basic with a client_id and a client_secret')
  }
  const clientIds = listReadings(text.slice(0, colon))
  const secrets = listReadings(text.slice(colon + 1))
  const bodyClientId = body.get('client_id')
  if (body.has('client_secret'))
    throw createRefusal('Send the client_secret in the header or in the body, not in both')
  if (bodyClientId !== null && !clientIds.includes(bodyClientId)) {
    throw createRefusal('The client_id of the body is another one than that of the authorization header')
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

/** Lists the readings of a part of Basic credentials: form-encoded, percent-encoded, and not encoded. */
const listReadings = (part: string): string[] =>
  removeDuplicates(
    [tryDecode(part.replaceAll('+', ' ')), tryDecode(part), part].filter((text) => text !== undefined),
  )

function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const removeDuplicates = (texts: readonly string[]): string[] =>
  [...new Set(texts)].filter((text) => text !== '')

const createRefusal = (hint: string): OAuthServerRefusal =>
  new OAuthServerRefusal('bad-client-credentials', { hint })
