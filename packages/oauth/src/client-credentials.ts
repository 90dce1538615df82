import type { ClientAuthMethod } from './client.ts'
import { OAuthServerRefusal } from './refusal.ts'

/** Who an application says it is. */
export interface ClientCredentials {
  clientId: string
  secret?: string
  method: ClientAuthMethod
}

/**
 * The credentials of a request to the token endpoint, in the header or in the body, never in both (RFC 6749 §2.3).
 *
 * @throws OAuthServerRefusal `bad-client-credentials`
 */
export function readClientCredentials({ headers }: Request, body: URLSearchParams): ClientCredentials {
  const [, encoded] = /^basic +([\w+/=-]+) *$/i.exec(headers.get('authorization') ?? '') ?? []
  const inBody = { clientId: body.get('client_id'), secret: body.get('client_secret') }
  if (encoded === undefined) {
    const { clientId, secret } = inBody
    if (!clientId || headers.has('authorization')) throw new OAuthServerRefusal('bad-client-credentials')
    return secret === null ? { clientId, method: 'none' } : { clientId, secret, method: 'client_secret_post' }
  }
  const [clientId, secret] = decodeBasic(encoded)
  const agrees = inBody.secret === null && (inBody.clientId === null || inBody.clientId === clientId)
  if (!clientId || secret === undefined || !agrees) throw new OAuthServerRefusal('bad-client-credentials')
  return { clientId, secret, method: 'client_secret_basic' }
}

function decodeBasic(encoded: string): [clientId?: string, secret?: string] {
  try {
    const [, name, secret] = /^([^:]*):(.*)$/s.exec(atob(encoded)) ?? []
    // RFC 6749 §2.3.1
    return [name, secret].map((part) => part && decodeURIComponent(part.replace(/\+/g, ' '))) as [
      string,
      string,
    ]
  } catch {
    return []
  }
}
