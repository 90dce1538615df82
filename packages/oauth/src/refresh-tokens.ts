import { isEqual } from '@portico-mcp/core/internal'
import { signHmac } from './hmac.ts'
import { createKeyRing, type ServerSecrets } from './key-ring.ts'

/**
 * The refresh tokens of a server. A token consists of the grant's id, a generation and a signature (HMAC-SHA-256), so the
 * store contains no refresh tokens, and every node builds the same successor without asking another node.
 */
export interface RefreshTokens {
  /** Builds the token of a generation. The first one is 0. */
  build(grantId: string, generation: number): Promise<string>
  /** Reads a token. Returns undefined if this server did not issue it. */
  read(token: string): Promise<{ grantId: string; generation: number } | undefined>
}

const REFRESH_TOKEN = /^([\w-]{22})\.(\d{1,9})\.([\w-]{43})$/

/** Creates the refresh tokens of a server. */
export function createRefreshTokens(secrets: ServerSecrets): RefreshTokens {
  const ring = createKeyRing(secrets, 'refresh token')
  return {
    async build(grantId, generation) {
      const [{ bytes }] = await ring.all()
      return `${grantId}.${generation}.${await signHmac(bytes, `${grantId}.${generation}`)}`
    },
    async read(token) {
      const [, grantId, generation, signature] = REFRESH_TOKEN.exec(token) ?? []
      if (grantId === undefined || generation === undefined || signature === undefined) return undefined
      const expected = await Promise.all(
        (await ring.all()).map(({ bytes }) => signHmac(bytes, `${grantId}.${generation}`)),
      )
      const isValid = expected.map((one) => isEqual(one, signature)).includes(true)
      return isValid ? { grantId, generation: Number(generation) } : undefined
    },
  }
}
