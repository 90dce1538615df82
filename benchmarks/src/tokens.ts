import { createPrivateKey, type JsonWebKey, sign } from 'node:crypto'

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'https://mcp.example.com/mcp'
export const KEY_ID = 'bench'

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')

/** Makes ES256 access tokens (RFC 9068), each of them another. */
export function tokenSource(signingKey: JsonWebKey): () => string {
  const key = createPrivateKey({ key: signingKey, format: 'jwk' })
  const head = encode({ alg: 'ES256', typ: 'at+jwt', kid: KEY_ID })
  let last = 0
  return () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = {
      ...{ iss: ISSUER, aud: AUDIENCE, sub: 'user-1', client_id: 'bench', scope: 'notes:read' },
      ...{ iat, exp: iat + 3600, jti: String(++last) },
    }
    const text = `${head}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' })
    return `${text}.${signature.toString('base64url')}`
  }
}
