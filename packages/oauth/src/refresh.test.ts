import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createServer,
  exchangeCode,
  getTokens,
  isAccepted,
  postForm,
  RESOURCE,
  readError,
  refreshWith,
  registerClient,
  signIn,
  type Tokens,
} from './testing/flow.ts'

afterEach(() => vi.useRealTimers())

const pass = (ms: number): unknown => vi.advanceTimersByTime(ms)
const tokensOf = async (response: Response): Promise<Tokens> => {
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}

describe('refresh tokens', () => {
  it('C5.7: each use gives another one, and a token for the same user, scope and resource', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const next = await tokensOf(
      await refreshWith(server, clientId, tokens.refresh_token, { resource: RESOURCE }),
    )
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(decodeJwt(next.access_token)).toMatchObject({ sub: 'ann', aud: RESOURCE, scope: 'notes:read' })
    expect(await isAccepted(server, next.access_token)).toBe(true)
  })

  it('pain 15: ten refreshes at once all get the same successor, and nobody is signed out', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refreshWith(server, clientId, tokens.refresh_token)),
    )
    const given = await Promise.all(answers.map(tokensOf))
    expect(new Set(given.map(({ refresh_token }) => refresh_token)).size).toBe(1)
    for (const { access_token } of given) expect(await isAccepted(server, access_token)).toBe(true)
    await tokensOf(await refreshWith(server, clientId, given[0]!.refresh_token))
  })

  it('pain 15: an answer that was lost is given again within the grace period', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const first = await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
    pass(59_000)
    const again = await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
    expect(again.refresh_token).toBe(first.refresh_token)
  })

  it('C5.7: used again after the grace period, a token ends its grant', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const next = await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
    pass(61_000)
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(await readError(await refreshWith(server, clientId, next.refresh_token))).toBe('invalid_grant')
    expect(await isAccepted(server, next.access_token)).toBe(false)
  })

  it('C5.7: used again after its successor was, a token ends its grant, grace or not', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const next = await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
    const third = await tokensOf(await refreshWith(server, clientId, next.refresh_token))
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(await isAccepted(server, third.access_token)).toBe(false)
    expect(await readError(await refreshWith(server, clientId, third.refresh_token))).toBe('invalid_grant')
  })

  it('C5.7: a token of long ago ends its grant too', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    let { refresh_token } = tokens
    for (let use = 0; use < 12; use++) {
      refresh_token = (await tokensOf(await refreshWith(server, clientId, refresh_token))).refresh_token
      pass(3_600_000)
    }
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(await readError(await refreshWith(server, clientId, refresh_token))).toBe('invalid_grant')
  })

  it('without a grace period, any second use ends the grant', async () => {
    const server = createServer({ refreshGracePeriodSeconds: 0 })
    const { clientId, tokens } = await getTokens(server)
    const next = await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe('invalid_grant')
    expect(await isAccepted(server, next.access_token)).toBe(false)
  })

  it('without a grace period, of two uses at once one ends the grant', async () => {
    const server = createServer({ refreshGracePeriodSeconds: 0 })
    const { clientId, tokens } = await getTokens(server)
    const use = () => refreshWith(server, clientId, tokens.refresh_token)
    const statuses = (await Promise.all([use(), use()])).map(({ status }) => status)
    expect(statuses).toContain(400)
    expect(await isAccepted(server, tokens.access_token)).toBe(false)
  })

  it('a sign-in lasts for as long as it is used, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const server = createServer({ refreshTokenTTL: 3600 })
    const { clientId, tokens } = await getTokens(server)
    let { refresh_token } = tokens
    for (let use = 0; use < 3; use++) {
      pass(3_000_000)
      refresh_token = (await tokensOf(await refreshWith(server, clientId, refresh_token))).refresh_token
    }
    pass(3_601_000)
    expect(await readError(await refreshWith(server, clientId, refresh_token))).toBe('invalid_grant')
  })

  it.each<[row: string, change: Record<string, string | undefined>, error: string]>([
    ['C5.7: another client', { client_id: 'another' }, 'invalid_client'],
    ['C5.5: another resource', { resource: 'https://mcp.example.com/other' }, 'invalid_target'],
    ['more scope than was granted', { scope: 'notes:read notes:write' }, 'invalid_scope'],
    ['a forged token', { refresh_token: `${'A'.repeat(22)}.0.${'A'.repeat(43)}` }, 'invalid_grant'],
    ['garbage', { refresh_token: 'x' }, 'invalid_grant'],
  ])('refuses %s, and the token stays as it was', async (_, change, error) => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token, change))).toBe(error)
    await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
  })

  it('C5.7: a token of one client is of no use to another, who does not end it', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const { client_id } = await registerClient(server)
    expect(await readError(await refreshWith(server, client_id, tokens.refresh_token))).toBe('invalid_grant')
    await tokensOf(await refreshWith(server, clientId, tokens.refresh_token))
  })

  it('a later generation cannot be made up from an earlier one', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const [grant, , signature] = tokens.refresh_token.split('.')
    const forged = `${grant}.1.${signature}`
    expect(await readError(await refreshWith(server, clientId, forged))).toBe('invalid_grant')
  })

  it('narrows a token on request, and not the grant', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server, { parameters: { scope: 'notes:read notes:write' } })
    const narrow = await tokensOf(
      await refreshWith(server, clientId, tokens.refresh_token, { scope: 'notes:read' }),
    )
    expect(narrow.scope).toBe('notes:read')
    const wide = await tokensOf(await refreshWith(server, clientId, narrow.refresh_token))
    expect(wide.scope).toBe('notes:read notes:write')
  })

  it('ends the grant of an application that the host allows no more', async () => {
    let allowed = true
    const asked: unknown[] = []
    const allowClient = (client: object) => {
      asked.push(client)
      return allowed
    }
    const server = createServer({ allowClient })
    const { clientId, tokens } = await getTokens(server)
    allowed = false
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe(
      'unauthorized_client',
    )
    expect(asked[1]).toEqual(asked[0])
    expect(asked[0]).toMatchObject({ clientId, clientName: 'An application', kind: 'registered' })
    expect(await isAccepted(server, tokens.access_token)).toBe(false)
  })

  it('gives none to an application that said that it has no use for it', async () => {
    const server = createServer()
    const { client_id } = await registerClient(server, { grant_types: ['authorization_code'] })
    const signedIn = await signIn(server, { clientId: client_id })
    expect(await tokensOf(await exchangeCode(server, signedIn))).not.toHaveProperty('refresh_token')
  })
})

describe('revocation (RFC 7009)', () => {
  it.each(['refresh_token', 'access_token'] as const)('ends the grant of a %s', async (kind) => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    const response = await postForm(server, 'revoke', { client_id: clientId, token: tokens[kind] })
    expect(response.status).toBe(200)
    expect(await isAccepted(server, tokens.access_token)).toBe(false)
    expect(await readError(await refreshWith(server, clientId, tokens.refresh_token))).toBe('invalid_grant')
  })

  it('answers 200 for what is unknown, and refuses what is of another client', async () => {
    const server = createServer()
    const { clientId, tokens } = await getTokens(server)
    expect((await postForm(server, 'revoke', { client_id: clientId, token: 'x' })).status).toBe(200)
    const { client_id } = await registerClient(server)
    expect((await postForm(server, 'revoke', { client_id, token: tokens.refresh_token })).status).toBe(400)
    expect(await isAccepted(server, tokens.access_token)).toBe(true)
  })

  it('is not seen by a verifier that was told not to look', async () => {
    const server = createServer({ checkRevocation: false })
    const { clientId, tokens } = await getTokens(server)
    await postForm(server, 'revoke', { client_id: clientId, token: tokens.access_token })
    expect(await isAccepted(server, tokens.access_token)).toBe(true)
  })
})
