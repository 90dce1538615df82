import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { type Example, startExample, textOf } from '@portico-example/testing/examples'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'

const OBJECTS = mkdtempSync(join(tmpdir(), 'portico-bakery-'))
const env = { OBJECTS, SESSION_SECRET: 'a secret of at least 32 characters' }

let bakery: Example

beforeAll(async () => {
  bakery = await startExample('cloudflare', env)
})
afterAll(async () => {
  await bakery?.stop()
  rmSync(OBJECTS, { recursive: true, force: true })
})

const nameAndValue = (cookie: string): string => cookie.split(';')[0]!

/** Registers a client, signs a user in as a browser does, and exchanges the code for tokens. */
async function signIn(name: string): Promise<{ access_token: string }> {
  const { origin } = new URL(bakery.url)
  const redirect_uri = 'http://127.0.0.1:9/callback'
  const registered = await fetch(`${origin}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Test client',
      redirect_uris: [redirect_uri],
      token_endpoint_auth_method: 'none',
    }),
  })
  const { client_id } = await registered.json()
  const verifier = 'x'.repeat(64)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  const authorize = new URL(`${origin}/oauth/authorize`)
  authorize.search = String(
    new URLSearchParams({
      client_id,
      redirect_uri,
      response_type: 'code',
      code_challenge: Buffer.from(digest).toString('base64url'),
      code_challenge_method: 'S256',
      resource: `${origin}/mcp`,
      state: 'here',
    }),
  )
  const toLogin = await fetch(authorize, { redirect: 'manual' })
  const login = new URL(toLogin.headers.get('location')!, origin)
  const body = new URLSearchParams({ name })
  const signedIn = await fetch(login, { method: 'POST', body, redirect: 'manual' })
  const cookies = signedIn.headers.getSetCookie().map(nameAndValue)
  const page = await fetch(signedIn.headers.get('location')!, { headers: { cookie: cookies.join('; ') } })
  cookies.push(...page.headers.getSetCookie().map(nameAndValue))
  const html = await page.text()
  const [, action] = /<form method="post" action="([^"]+)"/.exec(html)!
  const [, transaction] = /name="transaction" value="([^"]+)"/.exec(html)!
  const answer = await fetch(action!, {
    method: 'POST',
    body: new URLSearchParams({ transaction: transaction!, decision: 'allow' }),
    headers: { cookie: cookies.join('; ') },
    redirect: 'manual',
  })
  const code = new URL(answer.headers.get('location')!).searchParams.get('code')!
  const exchanged = await fetch(`${origin}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      client_id,
      redirect_uri,
      code_verifier: verifier,
      resource: `${origin}/mcp`,
    }),
  })
  return exchanged.json()
}

it('signs a user in, and keeps tokens and sessions over a restart', async () => {
  const first = bakery
  const { access_token } = await signIn('ann')
  const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { elicitation: {} } })
  client.setRequestHandler(ElicitRequestSchema, async () => ({
    action: 'accept',
    content: { bread: 'baguette' },
  }))
  let changes = 0
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
  const transport = new StreamableHTTPClientTransport(new URL(bakery.url), {
    requestInit: { headers: { authorization: `Bearer ${access_token}` } },
    fetch: (_, init) => fetch(bakery.url, init),
  })
  await client.connect(transport)
  expect(textOf(await client.callTool({ name: 'whoami' }))).toBe('You are ann')
  await vi.waitFor(
    async () => {
      await client.callTool({ name: 'renew' })
      expect(changes).toBeGreaterThan(0)
    },
    { timeout: 20_000 },
  )
  // The issuer is the address, so the bakery comes back there.
  await first.stop()
  bakery = await startExample('cloudflare', { ...env, PORT: new URL(first.url).port })
  expect(textOf(await client.callTool({ name: 'whoami' }))).toBe('You are ann')
  expect(textOf(await client.callTool({ name: 'order' }))).toBe('One baguette')
  await client.close()
})

it('lets no client in without a token', async () => {
  const response = await fetch(bakery.url, { method: 'POST' })
  expect(response.status).toBe(401)
})
