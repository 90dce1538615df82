import { isEqual } from '@portico-mcp/core/internal'
import { base64url, jwtVerify, SignJWT } from 'jose'
import type { Client, ClientAuthMethod } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { signHmac } from './hmac.ts'
import { keyRing, type ServerSecrets } from './key-ring.ts'

/** A registration as its client id carries it. */
export interface Registration {
  client: Client
  authMethod: ClientAuthMethod
  /** Whether a secret may come in the header or in the body, whatever `authMethod` says. */
  anySecretMethod: boolean
  /** Seconds since 1970. */
  issuedAt: number
  expiresAt: number
}

/**
 * Applications that registered themselves. What they said is signed into their client id (HS256), so that a
 * stranger fills no store, and any node knows them after any restart.
 */
export interface Registrations {
  add(metadata: ClientMetadata): Promise<Registration & { clientSecret?: string }>
  /** undefined for an id that is forged or over. */
  find(clientId: string): Promise<Registration | undefined>
  /** Whether a secret is the one that was given out with an id. */
  isSecretOf(clientId: string, secret: string): Promise<boolean>
}

const MAX_ID = 8192

/** @param ttl - Seconds. */
export function registrations(secrets: ServerSecrets, ttl: number): Registrations {
  const ids = keyRing(secrets, 'client id')
  const secretKeys = keyRing(secrets, 'client secret')

  async function secretsOf(clientId: string): Promise<string[]> {
    return Promise.all((await secretKeys.all()).map(({ bytes }) => signHmac(bytes, clientId)))
  }

  async function find(clientId: string): Promise<Registration | undefined> {
    if (clientId.length > MAX_ID || clientId.split('.').length !== 3) return undefined
    try {
      const { payload } = await jwtVerify<Claims>(clientId, async ({ kid }) => (await ids.find(kid)).bytes, {
        algorithms: ['HS256'],
        currentDate: new Date(),
      })
      const { n: clientName, u: redirectUris, a: authMethod, s, r: refreshes, iat = 0, exp = 0 } = payload
      return {
        client: { kind: 'registered', clientId, clientName, redirectUris, refreshes: refreshes === 1 },
        authMethod,
        anySecretMethod: s === 1,
        issuedAt: iat,
        expiresAt: exp,
      }
    } catch {
      return undefined
    }
  }

  return {
    find,
    async add({ clientName, redirectUris, authMethod, anySecretMethod, refreshes }) {
      const [{ kid, bytes }] = await ids.all()
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        n: clientName,
        u: redirectUris,
        a: authMethod,
        ...(anySecretMethod && { s: 1 }),
        r: refreshes ? 1 : 0,
      }
      const clientId = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid })
        .setIssuedAt(now)
        .setExpirationTime(now + Math.floor(ttl))
        // two that say the same are two
        .setJti(base64url.encode(crypto.getRandomValues(new Uint8Array(9))))
        .sign(bytes)
      const added = (await find(clientId)) as Registration
      if (authMethod === 'none') return added
      const [clientSecret] = await secretsOf(clientId)
      return { ...added, clientSecret }
    },
    async isSecretOf(clientId, secret) {
      const known = await secretsOf(clientId)
      return known.map((one) => isEqual(one, secret)).includes(true)
    },
  }
}

interface Claims {
  [claim: string]: unknown
  n: string
  u: string[]
  a: ClientAuthMethod
  s?: 1
  r: 0 | 1
}
