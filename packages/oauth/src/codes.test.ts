import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createPkce,
  createServer,
  exchangeCode,
  getTokens,
  ISSUER,
  isAccepted,
  REDIRECT_URI,
  RESOURCE,
  readError,
  registerClient,
  signIn,
} from './testing/flow.ts'

afterEach(() => vi.useRealTimers())

describe('codes', () => {
  it('C5.5 RFC 9068: a code gives a JWT for one resource, which names user, client and scope', async () => {
    const server = createServer()
    const { tokens, clientId } = await getTokens(server)
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'notes:read' })
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' })
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({
      iss: ISSUER,
      sub: 'ann',
      aud: RESOURCE,
      client_id: clientId,
      scope: 'notes:read',
      name: 'ANN',
    })
    expect(claims.exp! - claims.iat!).toBe(3600)
    expect(await isAccepted(server, tokens.access_token)).toBe(true)
  })

  it('C5.2: a code is used once, and its replay ends what it gave', async () => {
    const server = createServer()
    const { tokens, signedIn } = await getTokens(server)
    const replayed = await exchangeCode(server, signedIn)
    expect([replayed.status, await readError(replayed)]).toEqual([400, 'invalid_grant'])
    expect(await isAccepted(server, tokens.access_token)).toBe(false)
  })

  it('C5.2: of ten exchanges at once, no more than one gives tokens, and they are revoked', async () => {
    const server = createServer()
    const signedIn = await signIn(server)
    const answers = await Promise.all(Array.from({ length: 10 }, () => exchangeCode(server, signedIn)))
    const given = answers.filter(({ status }) => status === 200)
    expect(given.length).toBeLessThanOrEqual(1)
    for (const answer of given) {
      expect(await isAccepted(server, ((await answer.json()) as any).access_token)).toBe(false)
    }
  })

  it('C5.2: who has a code and not its verifier cannot end what it gave', async () => {
    const server = createServer()
    const { tokens, signedIn } = await getTokens(server)
    await exchangeCode(server, { ...signedIn, verifier: createPkce().verifier })
    expect(await isAccepted(server, tokens.access_token)).toBe(true)
  })

  it('C5.2: a code is over after five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const server = createServer()
    const signedIn = await signIn(server)
    vi.setSystemTime(Date.now() + 301_000)
    expect(await readError(await exchangeCode(server, signedIn))).toBe('invalid_grant')
  })

  it.each<[row: string, change: Record<string, string | undefined>, error: string]>([
    ['C5.1: a wrong code_verifier', { code_verifier: createPkce().verifier }, 'invalid_grant'],
    ['C5.1: no code_verifier', { code_verifier: undefined }, 'invalid_grant'],
    ['C5.1: a code_verifier that is too short', { code_verifier: 'short' }, 'invalid_grant'],
    ['C5.1: another redirect_uri', { redirect_uri: 'http://127.0.0.1:7778/callback' }, 'invalid_grant'],
    ['C5.5: another resource', { resource: 'https://mcp.example.com/other' }, 'invalid_target'],
    ['an unknown code', { code: 'x'.repeat(43) }, 'invalid_grant'],
    ['no code', { code: undefined }, 'invalid_request'],
    ['an unknown grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant', { grant_type: undefined }, 'invalid_request'],
    ['C5.1: another client', { client_id: 'somebody' }, 'invalid_client'],
  ])('refuses %s', async (_, change, error) => {
    const server = createServer()
    const response = await exchangeCode(server, await signIn(server), change)
    expect(await readError(response)).toBe(error)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('C5.1: refuses a code that was issued to another client', async () => {
    const server = createServer()
    const signedIn = await signIn(server)
    const { client_id } = await registerClient(server)
    expect(await readError(await exchangeCode(server, { ...signedIn, clientId: client_id }))).toBe(
      'invalid_grant',
    )
    expect((await exchangeCode(server, signedIn)).status).toBe(200)
  })

  it('takes a code without a redirect_uri in the token request (OAuth 2.1)', async () => {
    const server = createServer()
    const response = await exchangeCode(server, await signIn(server), { redirect_uri: undefined })
    expect(response.status).toBe(200)
    expect(REDIRECT_URI).toContain('127.0.0.1')
  })

  it('C5.6: token answers are kept by no cache', async () => {
    const server = createServer()
    const response = await exchangeCode(server, await signIn(server))
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})
