import { describe, expect, it, vi } from 'vitest'
import { type OAuthTokenVerifier, withAuth } from './index.ts'

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const THROWN: [string, () => unknown][] = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['an object without prototype', () => Object.create(null)],
  ['a revoked proxy', revoked],
  [
    'an error with a code that throws',
    () =>
      Object.defineProperty(new Error('x'), 'code', {
        get() {
          throw new Error('unreadable')
        },
      }),
  ],
]

describe.each(THROWN)('a verifier that throws %s', (_, make) => {
  it.each(['sync', 'async'])('is answered 500 and reported once: %s', async (kind) => {
    const onerror = vi.fn(async () => {
      throw make()
    })
    const fail = (): never => {
      throw make()
    }
    const verifyAccessToken = (
      kind === 'sync' ? fail : async () => fail()
    ) as OAuthTokenVerifier['verifyAccessToken']
    const handler = withAuth(
      { fetch: async () => new Response('in') },
      { verifier: { verifyAccessToken }, onerror },
    )
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { authorization: 'Bearer token' },
      body: '{}',
    })
    const response = await handler.fetch(request)
    expect([response.status, (await response.json()).error]).toEqual([500, 'server_error'])
    expect(onerror).toHaveBeenCalledTimes(1)
  })
})
