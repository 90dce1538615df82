import { isEqual } from '@portico-mcp/core/internal'
import { jwtVerify, SignJWT } from 'jose'
import type { Client, ClientAuthMethod } from './client.ts'
import type { ClientMetadata } from './client-metadata.ts'
import { generateId } from './digest.ts'
import { signHmac } from './hmac.ts'
import { createKeyRing, type ServerSecrets } from './key-ring.ts'

/** A registration, as its client id contains it. */
export interface Registration {
  client: Client
  authMethod: ClientAuthMethod
  /** Whether a secret may be in the header or in the body, whatever `authMethod` is. */
  anySecretMethod: boolean
  /** Seconds since 1970. */
  issuedAt: number
  /** Seconds since 1970. */
  expiresAt: number
}

/**
 * Clients that registered themselves. The client id is a signed JWT (HS256) that contains the metadata, so registrations
 * need no store, and every node knows them.
 */
export interface Registrations {
  /** Registers a client. There is a secret unless the client is public. */
  add(metadata: ClientMetadata): Promise<Registration & { clientSecret?: string }>
  /** Finds a registration. Returns undefined if the id is forged or expired. */
  find(clientId: string): Promise<Registration | undefined>
  /** Whether a secret is the one that was issued for a client id. */
  isSecret(clientId: string, secret: string): Promise<boolean>
}

/** The claims of a client id. Their names are short because the id is part of URLs. */
interface ClientIdClaims {
  [claim: string]: unknown
  /** `clientName` */
  n: string
  /** `redirectUris` */
  u: string[]
  /** `authMethod` */
  a: ClientAuthMethod
  /** `anySecretMethod` */
  s?: 1
  /** `refreshes` */
  r: 0 | 1
}

const MAX_ID_LENGTH = 8192

/**
 * Creates the registrations of a server.
 *
 * @param ttlSeconds - Seconds for which a registration is valid.
 */
export function createRegistrations(secrets: ServerSecrets, ttlSeconds: number): Registrations {
  const idKeys = createKeyRing(secrets, 'client id')
  const secretKeys = createKeyRing(secrets, 'client secret')

  async function deriveSecrets(clientId: string): Promise<string[]> {
    return Promise.all((await secretKeys.all()).map(({ bytes }) => signHmac(bytes, clientId)))
  }

  async function find(clientId: string): Promise<Registration | undefined> {
    if (clientId.length > MAX_ID_LENGTH || clientId.split('.').length !== 3) return undefined
    try {
      const { payload } = await jwtVerify<ClientIdClaims>(
        clientId,
        async ({ kid }) => (await idKeys.find(kid)).bytes,
        { algorithms: ['HS256'], currentDate: new Date() },
      )
      return readClaims(clientId, payload)
    } catch {
      return undefined
    }
  }

  return {
    find,
    async add(metadata) {
      const [{ kid, bytes }] = await idKeys.all()
      const now = Math.floor(Date.now() / 1000)
      const clientId = await new SignJWT(buildClaims(metadata))
        .setProtectedHeader({ alg: 'HS256', kid })
        .setIssuedAt(now)
        .setExpirationTime(now + Math.floor(ttlSeconds))
        // Two registrations with the same metadata are two clients.
        .setJti(generateId(9))
        .sign(bytes)
      const registration = (await find(clientId)) as Registration
      if (metadata.authMethod === 'none') return registration
      const [clientSecret] = await deriveSecrets(clientId)
      return { ...registration, clientSecret }
    },
    async isSecret(clientId, secret) {
      const known = await deriveSecrets(clientId)
      return known.map((one) => isEqual(one, secret)).includes(true)
    },
  }
}

const buildClaims = (metadata: ClientMetadata): ClientIdClaims => ({
  n: metadata.clientName,
  u: metadata.redirectUris,
  a: metadata.authMethod,
  ...(metadata.anySecretMethod && { s: 1 }),
  r: metadata.refreshes ? 1 : 0,
})

function readClaims(
  clientId: string,
  { n, u, a, s, r, iat = 0, exp = 0 }: ClientIdClaims & { iat?: number; exp?: number },
): Registration {
  return {
    client: { kind: 'registered', clientId, clientName: n, redirectUris: u, refreshes: r === 1 },
    authMethod: a,
    anySecretMethod: s === 1,
    issuedAt: iat,
    expiresAt: exp,
  }
}
