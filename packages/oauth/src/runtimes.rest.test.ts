import { describeRuntimes } from '@portico-example/testing/runtimes'
import { expect, it } from 'vitest'
import { exchangeCode, refreshWith, signIn, type Tokens } from './testing/flow.ts'

const sourceOf = (name: string) => new URL(`../../${name}/src/index.ts`, import.meta.url)

const served = {
  entry: new URL('./testing/serve-oauth.ts', import.meta.url),
  sources: {
    '@portico-mcp/oauth': new URL('./index.ts', import.meta.url),
    '@portico-mcp/auth': sourceOf('auth'),
    '@portico-mcp/core/internal': new URL('../../core/src/internal.ts', import.meta.url),
    '@portico-mcp/core': sourceOf('core'),
    '@portico-mcp/guard': sourceOf('guard'),
    '@portico-mcp/sessions': sourceOf('sessions'),
  },
  external: ['node:async_hooks'],
  compatibilityFlags: ['nodejs_als', 'enable_request_signal'],
}

describeRuntimes(served, (originOf) => {
  /** What is asked of the issuer is asked of the process. */
  const server = {
    fetch: async (request: Request): Promise<Response> => {
      const url = new URL(request.url)
      const { method, headers } = request
      const body = method === 'POST' ? await request.text() : undefined
      return fetch(`${originOf()}${url.pathname}${url.search}`, { method, headers, body, redirect: 'manual' })
    },
  }

  it('signs in, calls, refreshes and revokes', async () => {
    const signedIn = await signIn(server, { user: '' })
    const tokens = (await (await exchangeCode(server, signedIn)).json()) as Tokens
    const call = async (token: string) =>
      fetch(`${originOf()}/mcp`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } }),
      })
    expect(await (await call(tokens.access_token)).json()).toMatchObject({
      result: { content: [{ text: 'ann' }] },
    })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => refreshWith(server, signedIn.clientId, tokens.refresh_token)),
    )
    const successors = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as Tokens).refresh_token),
    )
    expect(new Set(successors).size).toBe(1)
    expect((await exchangeCode(server, signedIn)).status).toBe(400)
    expect((await call(tokens.access_token)).status).toBe(401)
  })

  it('publishes its keys and metadata', async () => {
    const { keys } = (await (await fetch(`${originOf()}/oauth/jwks`)).json()) as { keys: object[] }
    expect(keys).toMatchObject([{ kty: 'OKP', crv: 'Ed25519' }])
    const metadata = await fetch(`${originOf()}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).toMatchObject({ issuer: 'https://auth.example.com' })
  })

  it('asks no private host for the document of an application', async () => {
    const challenge = 'x'.repeat(43)
    const query = new URLSearchParams({
      client_id: 'https://127.0.0.1/client.json',
      code_challenge: challenge,
    })
    expect((await fetch(`${originOf()}/oauth/authorize?${query}`)).status).toBe(400)
  })
})
