import { describeRuntimes } from '@portico-example/testing/runtimes'
import { uploadSlowly } from '@portico-example/testing/slow-upload'
import { beforeAll, expect, it } from 'vitest'
import { bearer, message, post } from './testing/notes.ts'

const served = {
  entry: new URL('./testing/serve-gated.ts', import.meta.url),
  sources: {
    '@portico-mcp/auth': new URL('./index.ts', import.meta.url),
    '@portico-mcp/core/internal': new URL('../../core/src/internal.ts', import.meta.url),
    '@portico-mcp/core': new URL('../../core/src/index.ts', import.meta.url),
    '@portico-mcp/guard': new URL('../../guard/src/index.ts', import.meta.url),
  },
  external: ['node:async_hooks'],
  compatibilityFlags: ['nodejs_als', 'enable_request_signal'],
}

const reasonOf = async (response: Response) => ((await response.json()) as any).error.data.reason

describeRuntimes(served, (originOf) => {
  let origin: string
  let token: string
  beforeAll(async () => {
    origin = originOf()
    token = await (await fetch(`${origin}/token`)).text()
  })

  const call = (tool: string, headers = bearer(token)) =>
    fetch(post(message('tools/call', { name: tool, arguments: {} }), headers, `${origin}/mcp`))

  it('lets a token through, and knows whose it is', async () => {
    expect(await (await call('whoami')).json()).toMatchObject({ result: { content: [{ text: 'ann' }] } })
  })

  it('challenges what comes without, or with too few scopes', async () => {
    const metadata = 'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"'
    const stranger = await call('whoami', {})
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([401, `Bearer ${metadata}`])
    expect((await call('purge')).status).toBe(403)
  })

  it('hides what may not be called, and serves its metadata', async () => {
    const list = await fetch(post(message('tools/list'), bearer(token), `${origin}/mcp`))
    const { result } = (await list.json()) as { result: { tools: { name: string }[] } }
    expect(result.tools.map(({ name }) => name)).toEqual(['whoami'])
    const document = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)
    expect(await document.json()).toMatchObject({ resource: 'https://mcp.example.com/mcp' })
  })

  it('guards hosts and origins, answers preflights, and reads a body past a trusted proxy', async () => {
    const origins = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' }
    const preflight = await fetch(`${origin}/mcp`, { method: 'OPTIONS', headers: origins })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      origins.origin,
    ])
    const stranger = await call('whoami', { ...bearer(token), origin: 'https://evil.example' })
    expect([stranger.status, await reasonOf(stranger)]).toEqual([403, 'origin-not-allowed'])
    const rebound = await call('whoami', { ...bearer(token), 'x-forwarded-host': 'evil.example' })
    expect([rebound.status, await reasonOf(rebound)]).toEqual([403, 'host-not-allowed'])
    const proxied = { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'https' }
    expect((await call('whoami', { ...bearer(token), ...proxied })).status).toBe(200)
  })

  it.each([
    ['a body that says it is too large', 413, false, {}],
    ['a body that turns out to be too large', 413, true, {}],
    ['another content type', 415, false, { 'content-type': 'text/plain' }],
    ['another content type, of a length that is left open', 415, true, { 'content-type': 'text/plain' }],
    ['a caller without a token', 401, false, { authorization: '' }],
    ['a caller without a token, of a length that is left open', 401, true, { authorization: '' }],
    ['a foreign origin', 403, false, { origin: 'https://evil.example' }],
  ])('answers a client that is still writing: %s', async (_, status, chunked, headers) => {
    const upload = { chunked, headers: { ...bearer(token), ...headers } }
    expect(await uploadSlowly(`${origin}/mcp`, upload)).toBe(status)
  })

  it('limits the rate', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => call('whoami')))
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await reasonOf(refused!)).toBe('rate-limited')
  })
})
