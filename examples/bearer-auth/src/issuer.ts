import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

/** What stands for an authorization server: it has keys and issues tokens, and knows no users. */
export interface Issuer {
  issuer: string
  /** Where its keys are. */
  jwksUri: string
  /** Issues a token that holds these claims, and those that the issuer has the say in unless they do. */
  issue(claims: JWTPayload, alg?: string): Promise<string>
  close(): void
}

/**
 * Makes keys, and serves the public half of them on a free port of loopback.
 *
 * @param algorithms - The signature algorithms, a key for each.
 */
export async function startIssuer(...algorithms: string[]): Promise<Issuer> {
  const pairs = await Promise.all(algorithms.map((alg) => generateKeyPair(alg)))
  const keys = await Promise.all(
    pairs.map(async ({ publicKey }, index) => {
      const alg = algorithms[index]
      return { ...(await exportJWK(publicKey)), kid: alg, alg }
    }),
  )
  const listener = createServer((_, response) => {
    response.setHeader('content-type', 'application/jwk-set+json').end(JSON.stringify({ keys }))
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const issuer = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`

  return {
    issuer,
    jwksUri: `${issuer}/jwks.json`,
    issue: (claims, alg = algorithms[0]!) =>
      new SignJWT({ iss: issuer, exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
        .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' })
        .sign(pairs[algorithms.indexOf(alg)]!.privateKey),
    close: () => void listener.close(),
  }
}
