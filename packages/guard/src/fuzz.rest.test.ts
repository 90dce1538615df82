import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { parseAddress } from './address.ts'
import { parseAuthority } from './hostname.ts'
import { withCors, withGuard, withRateLimit } from './index.ts'
import { parseOrigin } from './origin.ts'
import { clientFinder, type TrustProxy } from './proxy.ts'
import { ping } from './testing/requests.ts'

vi.setConfig({ testTimeout: 60_000 })

const runs = { numRuns: 3000 }
const ok = { fetch: async () => new Response('served') }

const piece = fc.constantFrom(
  ...['localhost', '127.0.0.1', '[::1]', '[0:0::1]', '::1', 'mcp.example.com', 'a.apps.example.com'],
  ...['evil.example', 'LOCALHOST', 'xn--bcher-kva', 'http', 'https', 'moz-extension', 'null', '*', '%6c'],
  ...[
    '.',
    ':',
    '/',
    '//',
    '://',
    '\\',
    '@',
    '?',
    '#',
    ',',
    ', ',
    ' ',
    '\t',
    '[',
    ']',
    '::',
    ':80',
    ':443',
    '-',
  ],
  ...['0', '1', '127', '0x7f', '\u00e9', '\u00ad', '\u00ff', '\u0001', ';', '"', '&', '_', '~'],
)
const text = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ maxLength: 30 }),
  fc.webAuthority({
    withIPv4: true,
    withIPv4Extended: true,
    withIPv6: true,
    withPort: true,
    withUserInfo: true,
  }),
  fc.webUrl(),
  fc.domain(),
  fc.ipV4Extended(),
  fc.ipV6(),
)
/** What is allowed, as it is or with something put into it. */
const near = (...allowed: string[]) =>
  fc
    .tuple(fc.constantFrom(...allowed), fc.nat(30), fc.option(piece, { nil: '', freq: 1 }), fc.boolean())
    .map(([word, at, put, isLoud]) => {
      const changed = word.slice(0, at) + put + word.slice(at)
      return isLoud ? changed.toUpperCase() : changed
    })
const host = near(
  'localhost',
  'localhost:3000',
  '127.0.0.1',
  '[::1]:80',
  'mcp.example.com',
  'a.apps.example.com',
)
const origin = near('http://localhost:5173', 'https://a.apps.example.com', 'moz-extension://0c1f', 'null')
const pair = fc.oneof(
  fc.tuple(fc.constant('host'), fc.oneof(host, text)),
  fc.tuple(fc.constant('origin'), fc.oneof(origin, text)),
  fc.tuple(fc.constantFrom('x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for'), fc.oneof(host, text)),
  fc.tuple(fc.constantFrom('access-control-request-method', 'access-control-request-headers'), text),
)
const headers = fc.array(pair, { maxLength: 4 })
const trust = fc.constantFrom<TrustProxy | undefined>(undefined, 0, 1, 2, ['10.0.0.0/8', '::1'], () => true)

/** `undefined` where no runtime would make a request of it. */
function request(headers: [string, string][], method = 'POST'): Request | undefined {
  try {
    return ping(headers, undefined, method)
  } catch {
    return undefined
  }
}

// written without the parser that is tested
const SERVED_HOST =
  /^(localhost\.?|127\.0\.0\.1\.?|\[[0:]*:0*1\]|mcp\.example\.com\.?|([^.\s:/\\@?#,[\]%]+\.)+apps\.example\.com\.?)(:\d{0,5})?$/i
const SERVED_ORIGIN =
  /^(https?|[a-z][a-z\d+.-]*):\/\/localhost\.?(:\d{0,5})?$|^moz-extension:\/\/[^/\s\\@?#,%]+$|^https:\/\/([^.\s:/\\@?#,[\]%]+\.)+apps\.example\.com\.?(:(443)?)?$/i

const options = {
  allowedHosts: ['localhost', '127.0.0.1', '[::1]', 'mcp.example.com', '*.apps.example.com'],
  allowedOrigins: ['localhost', 'moz-extension://*', 'https://*.apps.example.com'],
}

describe('whatever the headers are', () => {
  it('the guard answers, and lets through only what is written down', async () => {
    const handler = withGuard(ok, options)
    let served = 0
    await fc.assert(
      fc.asyncProperty(headers, async (pairs) => {
        const asked = request(pairs)
        if (!asked) return
        const response = await handler.fetch(asked)
        if (response.status !== 200) {
          const { jsonrpc, error, ...rest } = (await response.json()) as any
          expect([response.status, jsonrpc, error.code, rest]).toEqual([403, '2.0', -32600, {}])
          return
        }
        if (asked.headers.has('host') || asked.headers.has('origin')) served++
        const host = asked.headers.get('host')
        if (host !== null) expect(host).toMatch(SERVED_HOST)
        const origin = asked.headers.get('origin')
        if (origin) expect(origin).toMatch(SERVED_ORIGIN)
      }),
      runs,
    )
    expect(served).toBeGreaterThan(200)
  })

  it('nothing throws, with proxies that are trusted, CORS and a rate limit', async () => {
    const origins = [...options.allowedOrigins, 'null']
    await fc.assert(
      fc.asyncProperty(headers, trust, text, fc.boolean(), async (pairs, trustProxy, clientAddress, asks) => {
        const asked = request(pairs, asks ? 'OPTIONS' : 'POST')
        if (!asked) return
        const granting = withCors(withRateLimit(ok, { capacity: 1e6 }), {
          allowedOrigins: origins,
          credentials: true,
        })
        const handler = withGuard(granting, { ...options, allowedOrigins: origins, trustProxy })
        const response = await handler.fetch(asked, { clientAddress })
        expect([200, 204, 403]).toContain(response.status)
        const granted = response.headers.get('access-control-allow-origin')
        if (granted === null) return
        expect(granted).toBe(asked.headers.get('origin'))
        expect(granted === 'null' || SERVED_ORIGIN.test(granted)).toBe(true)
        for (const header of (response.headers.get('access-control-allow-headers') ?? '')
          .split(', ')
          .slice(8))
          expect(header).toMatch(/^mcp-param-[!-~]+$/)
      }),
      runs,
    )
  })

  it('they change nothing where no proxy is trusted', () => {
    fc.assert(
      fc.property(headers, text, (pairs, socket) => {
        const asked = request(pairs)
        if (asked) expect(clientFinder(undefined)(asked, socket)).toEqual({ address: parseAddress(socket) })
      }),
      runs,
    )
  })
})

describe('whatever is parsed', () => {
  it('is in one form, or nothing', () => {
    fc.assert(
      fc.property(text, (value) => {
        const hostname = parseAuthority(value)
        if (hostname !== undefined) expect(parseAuthority(hostname)).toBe(hostname)
        const origin = parseOrigin(value)
        if (origin) expect(parseOrigin(origin.text)).toEqual(origin)
        const address = parseAddress(value)
        if (address !== undefined) expect(parseAddress(address)).toBe(address)
      }),
      runs,
    )
  })

  it('a browser would have gone to that very host', () => {
    fc.assert(
      fc.property(text, (value) => {
        const hostname = parseAuthority(value)
        if (hostname === undefined) return
        const url = new URL(`http://${value}/mcp`)
        expect([url.hostname.replace(/\.$/, ''), url.pathname, url.username]).toEqual([hostname, '/mcp', ''])
      }),
      runs,
    )
  })
})
