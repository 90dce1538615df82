import { afterEach, expect, it, vi } from 'vitest'
import { github, type OAuthServer } from './index.ts'
import type { Browser } from './testing/browser.ts'
import {
  buildAuthorizationUrl,
  buildPath,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  postForm,
  refreshWith,
  registerClient,
  SECRET,
} from './testing/flow.ts'

afterEach(() => vi.restoreAllMocks())

const UPSTREAM_SECRET = 'the-secret-of-the-upstream-client'
const UPSTREAM_TOKEN = 'gho_the-token-of-the-upstream'

/** Everything that an error says, with its causes. */
function everything(error: unknown): string {
  const { message, stack, cause } = (error ?? {}) as Error
  return [String(error), message, stack, JSON.stringify(error), cause ? everything(cause) : ''].join('\n')
}

it('C3.5: no secret, code or token is in logs, errors, pages or URLs other than those of the protocol', async () => {
  const heard: unknown[] = []
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void heard.push(args))
  }
  let broken = false
  const server: OAuthServer = createServer({
    upstreamProvider: github({ clientId: 'an-id', clientSecret: UPSTREAM_SECRET }),
    onerror: (error) => heard.push(everything(error)),
    fetch: async (url) => {
      if (broken) {
        // a provider that repeats what it was given, where it should not
        return Response.json(
          { error: 'server_error', access_token: UPSTREAM_TOKEN, secret: UPSTREAM_SECRET },
          { status: 400 },
        )
      }
      return String(url).endsWith('/user')
        ? Response.json({ id: 7, login: 'octocat' })
        : Response.json({
            access_token: UPSTREAM_TOKEN,
            refresh_token: `${UPSTREAM_TOKEN}-r`,
            token_type: 'bearer',
          })
    },
  })
  const urls: string[] = []
  const bodies: string[] = []
  const watch = async (response: Response): Promise<Response> => {
    urls.push(response.headers.get('location') ?? '')
    bodies.push(`${await response.clone().text()} ${[...response.headers].join()}`)
    return response
  }
  const browserOf = (browser: Browser) => {
    const open = browser.open.bind(browser)
    browser.open = async (...args) => watch(await open(...args))
    return browser
  }
  const { client_id, client_secret } = await registerClient(server, {
    token_endpoint_auth_method: 'client_secret_post',
  })
  const { verifier, challenge } = createPkce()

  async function callback(code: string): Promise<URLSearchParams> {
    const browser = browserOf(createBrowser(server, ''))
    const consent = await browser.decide(await browser.open(buildAuthorizationUrl(client_id, challenge)))
    const state = new URL(consent.headers.get('location')!).searchParams.get('state')
    const back = await browser.open(`${buildPath('callback')}?code=${code}&state=${state}`)
    return new URL(back.headers.get('location')!).searchParams
  }

  const parameters = await callback('upstream-code')
  const code = parameters.get('code')!
  const signedIn = { clientId: client_id, code, verifier, callback: parameters }
  const answer = await exchangeCode(server, signedIn, { client_secret })
  const tokens = (await answer.json()) as any
  broken = true
  await callback('another-upstream-code')
  const refusals = [
    await exchangeCode(server, signedIn, { client_secret: 'wrong-client-secret' }),
    await exchangeCode(server, signedIn, { client_secret, code_verifier: createPkce().verifier }),
    await exchangeCode(server, signedIn, { client_secret }),
    await refreshWith(server, client_id, tokens.refresh_token, { client_secret }),
    await refreshWith(server, client_id, `${tokens.refresh_token}x`, { client_secret }),
    await postForm(server, 'revoke', {
      client_id,
      client_secret: 'wrong-client-secret',
      token: tokens.access_token,
    }),
  ]
  for (const refusal of refusals) bodies.push(await refusal.text())

  const never = [SECRET, UPSTREAM_SECRET, UPSTREAM_TOKEN, verifier, client_secret, 'wrong-client-secret']
  const inLogs = [...never, code, tokens.access_token, tokens.refresh_token, 'upstream-code']
  const logged = JSON.stringify(heard)
  expect(heard.length).toBeGreaterThan(4)
  for (const secret of inLogs) expect(logged).not.toContain(secret)
  for (const secret of [...never, tokens.access_token, tokens.refresh_token]) {
    expect(urls.join('\n')).not.toContain(secret)
    expect(bodies.join('\n')).not.toContain(secret)
  }
  expect(bodies.slice(-refusals.length).join('\n')).not.toContain(code)
})

it('C3.2: takes no token, code or secret from the query', async () => {
  const server = createServer()
  const { client_id } = await registerClient(server)
  const query = new URLSearchParams({ grant_type: 'refresh_token', client_id, refresh_token: 'x' })
  const response = await server.fetch(
    new Request(`${buildPath('token')}?${query}`, {
      method: 'POST',
      body: new URLSearchParams(),
    }),
  )
  expect(response.status).toBe(401)
  expect((await server.fetch(new Request(`${buildPath('token')}?${query}`))).status).toBe(405)
})
