import { describe, expect, it, vi } from 'vitest'
import { localhostAllowedOrigins, originValidationResponse, withGuard } from './index.ts'
import { mcp, ping, refusalIn } from './testing/requests.ts'

const isServed = (origin: string, allowed: string[]) =>
  originValidationResponse(ping({ origin }), allowed) === undefined

describe('an Origin', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['HTTPS://APP.example.com', 'https://app.example.com'],
    ['https://app.example.com.', 'https://app.example.com'],
    ['https://app.example.com:8443', 'https://app.example.com:8443'],
    ['https://xn--bcher-kva.example', 'https://bücher.example'],
    ['http://[0:0::1]:3000', 'http://[::1]:3000'],
    ['http://localhost:5173', 'localhost'],
    ['https://localhost', 'localhost'],
    ['http://[::1]:5173', '[::1]'],
    ['http://[::1]:5173', '::1'],
    ['https://a.example.com', '*.example.com'],
    ['http://a.b.example.com:81', '*.example.com'],
    ['https://a.example.com', 'https://*.example.com'],
    ['https://a.example.com:8443', 'https://*.example.com:8443'],
    ['moz-extension://0c1f9d2e-8c1b', 'moz-extension://*'],
    ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
    ['chrome-extension://abcdef', 'abcdef'],
    ['vscode-webview://1234567', 'vscode-webview://*'],
    ['vscode-webview://1a2b3c', 'VSCODE-webview://*'],
    ['null', 'null'],
  ])('%s is let through by %s', (origin, rule) => {
    expect(isServed(origin, [rule])).toBe(true)
  })

  it.each([
    ['http://app.example.com', 'https://app.example.com'],
    ['https://app.example.com:8443', 'https://app.example.com'],
    ['https://app.example.com.evil.example', 'https://app.example.com'],
    ['https://evilexample.com', '*.example.com'],
    ['https://example.com', '*.example.com'],
    ['https://example.com', 'https://*.example.com'],
    ['http://a.example.com', 'https://*.example.com'],
    ['https://a.example.com:8443', 'https://*.example.com'],
    ['https://evil.example', 'https://*'],
    ['http://evil.example', 'http://*'],
    ['https://evil.example', '*'],
    ['https://evil.example', '*://*'],
    ['http://moz-extension', 'moz-extension://*'],
    ['null', 'localhost'],
    ['http://null', 'null'],
    ['https://localhost.evil.example', 'localhost'],
  ])('%s is refused by %s', async (origin, rule) => {
    const response = originValidationResponse(ping({ origin }), [rule])!
    expect(await refusalIn(response)).toEqual({
      status: 403,
      reason: 'origin-not-allowed',
      option: 'allowedOrigins',
    })
  })

  it.each([
    'localhost',
    'http:localhost',
    'http:/localhost',
    'http://localhost/',
    'http://localhost/path',
    'http://localhost?x',
    'http://localhost#x',
    'http://user@localhost',
    'http://localhost\\evil',
    'http://localhost:99999',
    'http://local host',
    'http://localhost http://evil.example',
    'http://localhost, http://localhost',
    'http://[::1',
    'http://.localhost',
    'https://.a.example.com',
    'https://a..example.com',
    'http://bücher.example',
    'http://%6cocalhost',
    'http://',
    '://localhost',
    'moz-extension://',
    'NULL',
    'null, null',
    'file://',
  ])('%j is refused as malformed', async (origin) => {
    const response = originValidationResponse(ping({ origin }), ['localhost', 'null', 'moz-extension://*'])!
    expect(await refusalIn(response)).toEqual({ status: 403, reason: 'origin-malformed' })
  })

  it('that was sent twice is refused, even where both are allowed', async () => {
    const twice = ping([
      ['origin', 'http://localhost'],
      ['origin', 'http://localhost'],
    ])
    expect(originValidationResponse(twice, ['localhost'])?.status).toBe(403)
  })

  it('that is missing or empty passes, even past an empty list', () => {
    expect(originValidationResponse(ping(), [])).toBeUndefined()
    expect(isServed('', [])).toBe(true)
  })
})

describe('a function', () => {
  it('hears origins in one form, and the request', async () => {
    const allows = vi.fn((origin: string) => origin.endsWith('.example'))
    const handler = withGuard(mcp(), { allowedOrigins: allows })
    const request = ping({ origin: 'HTTPS://a.EXAMPLE.:443' })
    expect((await handler.fetch(request)).status).toBe(200)
    expect(allows).toHaveBeenCalledWith('https://a.example', request)
    expect((await handler.fetch(ping({ origin: 'null' }))).status).toBe(403)
    expect(allows).toHaveBeenCalledTimes(2)
  })

  it('that answers anything but true refuses', () => {
    const request = ping({ origin: 'https://a.example' })
    expect(originValidationResponse(request, (() => Promise.resolve(true)) as never)?.status).toBe(403)
    expect(originValidationResponse(request, () => true)).toBeUndefined()
  })
})

it.each(['*', 'http://*', 'https://*', 'https://a.example/path', 'https://u@a.example', 'a.example:80', ''])(
  'withGuard() is not built with the rule %j',
  (rule) => {
    expect(() => withGuard(mcp(), { allowedOrigins: [rule] })).toThrow(TypeError)
  },
)

it('localhost is this machine under its three names', () => {
  expect(localhostAllowedOrigins()).toEqual(['localhost', '127.0.0.1', '[::1]'])
})
