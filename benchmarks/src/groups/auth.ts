import { generateKeyPairSync } from 'node:crypto'
import type { Load } from '../load.ts'
import type { Subject } from '../subjects.ts'
import { AUDIENCE, ISSUER, KEY_ID } from '../tokens.ts'
import type { Group } from './group.ts'
import { porticoHandler } from './portico.ts'

const gated = (title: string, load: Load): Subject => ({
  title,
  eras: ['modern', 'legacy'],
  load,
  async serve(work) {
    const { withAuth, jwtVerifier } = await import('@portico-mcp/auth')
    const { toNodeHandler } = await import('@portico-mcp/node')
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'ES256' }
    const verifier = jwtVerifier({ issuer: ISSUER, jwks: { keys: [key as never] } })
    const handler = withAuth(await porticoHandler(work), { resourceServerUrl: AUDIENCE, verifier })
    return { node: toNodeHandler(handler), signingKey: privateKey.export({ format: 'jwk' }) }
  },
})

/** The bearer gate, with tokens that it has seen before and with others. */
export const AUTH_SUBJECTS: Record<string, Subject> = {
  'known-token': gated('withAuth, one ES256 token', 'token'),
  'new-tokens': gated('withAuth, another ES256 token each time', 'new-tokens'),
}

/** What verifying a token costs beside a bare server. */
export const AUTH: Group = {
  work: { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'ceiling-http' },
    { subject: 'portico', beside: 'ceiling-http' },
    { subject: 'known-token', beside: 'ceiling-http', atMost: 1.6 },
    { subject: 'new-tokens', beside: 'ceiling-http' },
  ],
}
