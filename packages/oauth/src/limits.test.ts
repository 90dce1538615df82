import { InMemoryRateLimitStore } from '@portico-mcp/guard'
import { InMemorySessionStore } from '@portico-mcp/sessions'
import { expect, it } from 'vitest'
import {
  buildAuthorizationUrl,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  getTokens,
  isAccepted,
  registerClient,
  signIn,
} from './testing/flow.ts'
import { createStubProvider, signInAtStub } from './testing/stub-provider.ts'

/** Limits that are never reached. */
const unlimited = { take: () => ({ allowed: true, retryAfterMs: 0 }) }

it('codes and grants of one user push out none of another, however many', async () => {
  const store = new InMemorySessionStore({ maxSessions: 100 })
  const server = createServer({ store, rateLimitStore: unlimited })
  const { client_id: clientId } = await registerClient(server)
  const { tokens } = await getTokens(server, { user: 'ann', clientId })
  const pending = await signIn(server, { user: 'bob', clientId })
  for (let time = 0; time < 150; time++) await getTokens(server, { user: 'eve', clientId })
  expect(store.size).toBeLessThanOrEqual(100)
  expect(await isAccepted(server, tokens.access_token)).toBe(true)
  expect((await exchangeCode(server, pending)).status).toBe(200)
})

it('sign-ins that strangers begin push out no code and no grant', async () => {
  const store = new InMemorySessionStore({ maxSessions: 50 })
  const server = createServer({ store, rateLimitStore: unlimited })
  const { tokens, clientId } = await getTokens(server, { user: 'ann' })
  const pending = await signIn(server, { user: 'bob', clientId })
  for (let record = 0; record < 500; record++) {
    await store.createSession(`oauth-signin-${record}`, {}, 600_000, 'anonymous')
  }
  expect(await isAccepted(server, tokens.access_token)).toBe(true)
  expect((await exchangeCode(server, pending)).status).toBe(200)
})

it('a store that cannot count refuses a consent, and gives no code', async () => {
  const counted = new InMemoryRateLimitStore()
  const server = createServer({
    rateLimitStore: {
      take: (key, bucket) => {
        if (key.startsWith('oauth-consent')) throw new Error('away')
        return counted.take(key, bucket)
      },
    },
  })
  const { client_id } = await registerClient(server)
  const browser = createBrowser(server)
  const page = await browser.open(buildAuthorizationUrl(client_id, createPkce().challenge))
  const answer = await browser.decide(page)
  expect([answer.status, answer.headers.get('location')]).toEqual([503, null])
})

it('sign-ins of one user at a provider are counted, at any address', async () => {
  const stub = createStubProvider()
  const counted: string[] = []
  const node = stub.createNode({
    rateLimitStore: {
      take: (key) => {
        if (key.startsWith('oauth-consent')) counted.push(key)
        return { allowed: counted.length < 3, retryAfterMs: 1000 }
      },
    },
  })
  for (let time = 0; time < 2; time++) expect((await signInAtStub(node)).tokens.access_token).toBeTruthy()
  await expect(signInAtStub(node)).rejects.toThrow()
  expect(new Set(counted).size).toBe(1)
})
