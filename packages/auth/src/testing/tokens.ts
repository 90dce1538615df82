import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'

export const ISSUER = 'https://auth.example.com'
export const RESOURCE = 'https://mcp.example.com/mcp'
export const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

export interface Signer {
  kid: string
  publicJwk: JWK
  privateKey: Key
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>
}

/** A key of an authorization server; tokens are good ones, but for what a test changes. */
export async function createSigner(kid = 'key-1', alg = 'ES256'): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  return {
    kid,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg },
    privateKey,
    sign: (claims = {}, header = {}) =>
      new SignJWT({ ...goodClaims(), ...claims })
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
        .sign(privateKey),
  }
}

export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds

export const goodClaims = (): JWTPayload => ({
  iss: ISSUER,
  aud: RESOURCE,
  sub: 'ann',
  client_id: 'notes-app',
  scope: 'notes:read',
  exp: inSeconds(60),
})
