import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { OAuthServerRefusal } from './index.ts'
import { getSystemLookup, isPublicAddress } from './public-host.ts'
import { Browser } from './testing/browser.ts'
import {
  buildAuthorizationUrl,
  createBrowser,
  createPkce,
  createServer,
  exchangeCode,
  REDIRECT_URI,
  refreshWith,
  signIn,
} from './testing/flow.ts'

afterEach(() => vi.useRealTimers())

const CLIENT_ID = 'https://app.example.com/oauth/client.json'
const { challenge } = createPkce()

const document = (changes: object = {}): object => ({
  client_id: CLIENT_ID,
  client_name: 'Documented',
  redirect_uris: [REDIRECT_URI],
  ...changes,
})

/** A server for which one document is all of the internet. */
function serve(answer: () => Response | Promise<Response>, addresses: string[] = ['93.184.216.34']) {
  const asked: { url: string; init?: RequestInit }[] = []
  const refusals: OAuthServerRefusal[] = []
  const server = createServer({
    fetch: async (url, init) => {
      asked.push({ url: String(url), init })
      return answer()
    },
    lookup: async () => addresses,
    onerror: (error) => refusals.push(error as OAuthServerRefusal),
  })
  const open = (clientId = CLIENT_ID, redirectUri = REDIRECT_URI) =>
    createBrowser(server).open(buildAuthorizationUrl(clientId, challenge, { redirect_uri: redirectUri }))
  return { server, asked, refusals, open }
}

const serveDocument = (changes?: object, headers?: HeadersInit) =>
  serve(() => Response.json(document(changes), { headers }))

describe('client id metadata documents', () => {
  it('C6.1: knows an application by the document at its client id, from sign-in to refresh', async () => {
    const { server, asked } = serveDocument()
    expect(server.metadata.client_id_metadata_document_supported).toBe(true)
    const signedIn = await signIn(server, { clientId: CLIENT_ID })
    const tokens = (await (await exchangeCode(server, signedIn)).json()) as any
    expect((await refreshWith(server, CLIENT_ID, tokens.refresh_token)).status).toBe(200)
    expect(asked.map(({ url }) => url)).toEqual([CLIENT_ID])
    expect(asked[0]!.init).toMatchObject({ redirect: 'manual', headers: { accept: 'application/json' } })
  })

  it('C6.5: shows whose document it is', async () => {
    const { open } = serveDocument()
    expect(await (await open()).text()).toContain('Documented, at app.example.com')
  })

  it.each<[row: string, changes: object]>([
    ['C6.2: the client_id of another', { client_id: 'https://app.example.com/other' }],
    ['C6.2: no client_id', { client_id: undefined }],
    ['C6.2: no client_name', { client_name: undefined }],
    ['C6.2: a client_name that cannot be seen', { client_name: '\u200B' }],
    ['C6.2: no redirect_uris', { redirect_uris: undefined }],
    ['C5.3: a redirect URI that is none', { redirect_uris: ['javascript:alert(1)'] }],
    ['C6.3: a secret', { client_secret: 'x' }],
    ['C6.3: the end of a secret', { client_secret_expires_at: 0 }],
    ['C6.3: an auth method with a shared secret', { token_endpoint_auth_method: 'client_secret_post' }],
  ])('refuses a document with %s, and asks again half a minute later', async (_, changes) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { asked, refusals, open } = serveDocument(changes)
    for (let time = 0; time < 2; time++) expect((await open()).status).toBe(400)
    expect(refusals.map(({ reason }) => reason)).toEqual(['bad-client-document', 'bad-client-document'])
    expect(asked).toHaveLength(1)
    vi.setSystemTime(Date.now() + 30_001)
    expect((await open()).status).toBe(400)
    expect(asked).toHaveLength(2)
  })

  it('C6.2: refuses a redirect URI that the document has not', async () => {
    const { open } = serveDocument()
    expect((await open(CLIENT_ID, 'https://evil.example/callback')).status).toBe(400)
  })

  it.each<[row: string, answer: () => Response]>([
    ['C6.3: an error', () => Response.json(document(), { status: 404 })],
    [
      'C6.4: a redirect',
      () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }),
    ],
    [
      'another type',
      () => new Response(JSON.stringify(document()), { headers: { 'content-type': 'text/html' } }),
    ],
    ['C6.3: more than 64 kB', () => Response.json(document({ padding: 'x'.repeat(66_000) }))],
    [
      'no UTF-8',
      () => new Response(new Uint8Array([0xff]), { headers: { 'content-type': 'application/json' } }),
    ],
  ])('refuses %s, and keeps nothing', async (_, answer) => {
    const { refusals, open } = serve(answer)
    for (let time = 0; time < 2; time++) expect((await open()).status).toBe(400)
    expect(refusals.map(({ reason }) => reason)).toEqual(Array(2).fill('client-document-unreachable'))
  })

  it('C6.4: gives up what takes too long, also in the middle of the body', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { open } = serve(
      () => new Response(new ReadableStream({}), { headers: { 'content-type': 'application/json' } }),
    )
    const answer = open()
    await vi.advanceTimersByTimeAsync(5001)
    expect((await answer).status).toBe(400)
  })

  it.each([
    'http://app.example.com/client.json',
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com/a/../client.json',
    'https://app.example.com/%2e%2e/client.json',
    'https://app.example.com/client.json#x',
    'https://user@app.example.com/client.json',
    'https://app.example.com:8443/client.json',
    'https://APP.example.com/client.json',
    'https://localhost/client.json',
    'https://app.localhost/client.json',
    'https://intranet/client.json',
    'https://printer.local/client.json',
    'https://metadata.google.internal/client.json',
    'https://127.0.0.1/client.json',
    'https://2130706433/client.json',
    'https://0x7f.1/client.json',
    'https://169.254.169.254/latest',
    'https://[::1]/client.json',
    'https://[::ffff:127.0.0.1]/client.json',
    'https://app.example.com\\@evil.example/client.json',
  ])('C6.3 C6.4 SSRF: asks nobody for %s', async (clientId) => {
    const { asked, open } = serveDocument({ client_id: clientId })
    expect((await open(clientId)).status).toBe(400)
    expect(asked).toEqual([])
  })

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    'fe80::1%eth0',
    '%'.repeat(1 << 20),
  ])('C6.4 SSRF: asks no name that leads to %s, even among others', async (address) => {
    expect(isPublicAddress(address)).toBe(false)
    const { asked, open } = serve(() => Response.json(document()), ['93.184.216.34', address])
    expect((await open()).status).toBe(400)
    expect(asked).toEqual([])
  })

  it('C6.4 SSRF: asks the resolver of the runtime where it has one', async () => {
    const addresses = await getSystemLookup()!('localhost')
    expect(addresses.length).toBeGreaterThan(0)
    expect(addresses.some(isPublicAddress)).toBe(false)
    vi.stubGlobal('process', undefined)
    expect(getSystemLookup()).toBeUndefined()
    vi.unstubAllGlobals()
  })

  it('C6.4: keeps a document for as long as its server says, and never one that may not be kept', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const kept = serveDocument({}, { 'cache-control': 'max-age=60' })
    await kept.open()
    vi.setSystemTime(Date.now() + 59_000)
    await kept.open()
    expect(kept.asked).toHaveLength(1)
    vi.setSystemTime(Date.now() + 2000)
    await kept.open()
    expect(kept.asked).toHaveLength(2)
    const never = serveDocument({}, { 'cache-control': 'no-store, max-age=60' })
    await never.open()
    await never.open()
    expect(never.asked).toHaveLength(2)
  })

  it('C6.4: counts what strangers have it fetch', async () => {
    // a limit refills while a busy machine takes its time
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const { asked, open } = serveDocument()
    const statuses: number[] = []
    // each is refused, since the document is of another
    for (let id = 0; id < 31; id++) statuses.push((await open(`${CLIENT_ID}?${id}`)).status)
    expect(statuses).toEqual([...Array(30).fill(400), 429])
    expect(asked).toHaveLength(30)
  })

  describe('asked for by many', () => {
    const openFrom = (server: ReturnType<typeof createServer>, clientAddress: string) =>
      new Browser((request) => server.fetch(request, { clientAddress })).open(
        buildAuthorizationUrl(CLIENT_ID, challenge),
        { headers: { cookie: 'user=ann' } },
      )

    it.each<[what: string, headers: HeadersInit]>([
      ['may be kept', {}],
      ['may not be kept', { 'cache-control': 'no-store' }],
    ])('is fetched once for all who ask at once, where it %s', async (_, headers) => {
      const { server, asked } = serve(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return Response.json(document(), { headers })
      })
      const pages = await Promise.all(Array.from({ length: 50 }, () => openFrom(server, '192.0.2.1')))
      expect(pages.map(({ status }) => status)).toEqual(Array(50).fill(200))
      expect(asked).toHaveLength(1)
    })

    it.each<[what: string, answer: () => Response | Promise<Response>]>([
      ['is not there', () => new Response(null, { status: 404 })],
      ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
      ['is that of another', () => Response.json(document({ client_id: 'https://app.example.com/x' }))],
    ])('is asked for once in half a minute where it %s', async (_, answer) => {
      vi.useFakeTimers({ toFake: ['Date'] })
      const { server, asked, refusals } = serve(answer)
      await Promise.all(Array.from({ length: 50 }, () => openFrom(server, '192.0.2.1')))
      for (let time = 0; time < 40; time++) expect((await openFrom(server, '192.0.2.1')).status).toBe(400)
      expect([asked.length, refusals.length]).toEqual([1, 90])
      vi.setSystemTime(Date.now() + 30_001)
      await openFrom(server, '192.0.2.1')
      expect(asked).toHaveLength(2)
    })

    it('does not pass on the limit of who was first', async () => {
      // a limit refills while a busy machine takes its time
      vi.useFakeTimers({ toFake: ['Date'] })
      onTestFinished(() => void vi.useRealTimers())
      const { server, asked } = serveDocument()
      for (let id = 0; id < 30; id++) {
        const url = buildAuthorizationUrl(`${CLIENT_ID}?${id}`, challenge)
        await new Browser((request) => server.fetch(request, { clientAddress: '192.0.2.1' })).open(url)
      }
      const [greedy, ...others] = await Promise.all(
        ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address) => openFrom(server, address)),
      )
      expect([greedy!.status, ...others.map(({ status }) => status)]).toEqual([429, 200, 200])
      expect(asked).toHaveLength(31)
    })

    it('asks no more than twice for each request whether it may be fetched', async () => {
      let asked = 0
      const server = createServer({
        fetch: async () => Response.json(document()),
        lookup: async () => ['93.184.216.34'],
        rateLimitStore: {
          async take() {
            asked += 1
            await new Promise((resolve) => setTimeout(resolve, 5))
            return { allowed: false, retryAfterMs: 1000 }
          },
        },
      })
      const pages = await Promise.all(Array.from({ length: 200 }, () => openFrom(server, '192.0.2.1')))
      expect(pages.map(({ status }) => status)).toEqual(Array(200).fill(429))
      expect(asked).toBeLessThanOrEqual(400)
    })

    it('is kept where a thousand others fail', async () => {
      const { server, asked } = serve(() => Response.json(document()))
      await openFrom(server, '192.0.2.1')
      for (let id = 0; id < 1100; id++) {
        const url = buildAuthorizationUrl(`${CLIENT_ID}?${id}`, challenge)
        const clientAddress = `198.51.${id >> 8}.${id & 255}`
        await new Browser((request) => server.fetch(request, { clientAddress })).open(url)
      }
      const before = asked.length
      expect((await openFrom(server, '192.0.2.1')).status).toBe(200)
      expect(asked).toHaveLength(before)
    })
  })

  it('is off where it is turned off', async () => {
    const server = createServer({ enableCIMD: false })
    expect(server.metadata).not.toHaveProperty('client_id_metadata_document_supported')
    expect((await createBrowser(server).open(buildAuthorizationUrl(CLIENT_ID, challenge))).status).toBe(400)
  })
})
