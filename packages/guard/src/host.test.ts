import { describe, expect, it } from 'vitest'
import { hostHeaderValidationResponse, localhostAllowedHostnames, withGuard } from './index.ts'
import { mcp, ping, refusalIn } from './testing/requests.ts'

const allowed = ['localhost', '127.0.0.1', '[::1]', 'mcp.example.com', '*.apps.example.com', 'bücher.example']

describe('a Host header', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'localhost:',
    'LocalHost:3000',
    'localhost.',
    'localhost.:3000',
    '127.0.0.1',
    '127.0.0.1:65535',
    '[::1]',
    '[::1]:3000',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]:80',
    'mcp.example.com',
    'MCP.EXAMPLE.COM.:443',
    'a.apps.example.com',
    'a.b.apps.example.com:8443',
    'xn--bcher-kva.example',
  ])('%s is served', (host) => {
    expect(hostHeaderValidationResponse(ping({ host }), allowed)).toBeUndefined()
  })

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.localhost',
    'xlocalhost',
    '127.0.0.2',
    '[::2]',
    '[::ffff:127.0.0.1]',
    'apps.example.com',
    'evilapps.example.com',
    'mcp.example.com.evil.example',
    'bucher.example',
    'xn--80ak6aa92e.com',
  ])('%s is refused as one that is not allowed', async (host) => {
    const response = hostHeaderValidationResponse(ping({ host }), allowed)!
    expect(await refusalIn(response)).toEqual({
      status: 403,
      reason: 'host-not-allowed',
      option: 'allowedHosts',
    })
  })

  it.each([
    '',
    '.',
    ':3000',
    'localhost..',
    '.localhost',
    '.apps.example.com',
    '.a.apps.example.com',
    'a..apps.example.com:8443',
    '..apps.example.com',
    'localhost:65536',
    'localhost:80:80',
    'localhost:x',
    'localhost/',
    'localhost/mcp',
    'localhost?x',
    'localhost#x',
    'localhost\\',
    'localhost,evil.example',
    'localhost, localhost',
    'user@localhost',
    'evil.example@localhost',
    'http://localhost',
    'local host',
    'local\thost',
    '%6cocalhost',
    '[::1',
    '::1',
    '[::1]x',
    '[localhost]',
    '[::1%25eth0]',
    'bücher.example',
    'localhost\u00ad',
    '1.2.3.4.5',
    '127.0.0.256',
    '127.1',
    '127.0.0.01',
    '0x7f.0.0.1',
    '2130706433',
  ])('%j is refused as malformed', async (host) => {
    const response = hostHeaderValidationResponse(ping({ host }), allowed)!
    expect(await refusalIn(response)).toEqual({ status: 403, reason: 'host-malformed' })
  })

  it('that was sent twice is refused, even where both are allowed', async () => {
    const twice = ping([
      ['host', 'localhost'],
      ['host', 'localhost'],
    ])
    expect(await refusalIn(hostHeaderValidationResponse(twice, allowed)!)).toMatchObject({
      reason: 'host-malformed',
    })
  })
})

describe('without a Host header', () => {
  it.each([
    ['http://localhost/mcp', true],
    ['https://mcp.example.com:8443/mcp', true],
    ['https://MCP.example.com./mcp', true],
    ['http://[::1]:3000/mcp', true],
    ['https://evil.example/mcp', false],
  ])('the host of %s counts, as under HTTP/2', (url, isServed) => {
    expect(hostHeaderValidationResponse(ping({}, url), allowed) === undefined).toBe(isServed)
  })
})

describe('a Host header beside another authority', () => {
  it.each([
    ['mcp.example.com', 'http://localhost/mcp', true],
    ['mcp.example.com', 'https://127.0.0.1:3000/mcp', true],
    ['localhost', 'https://mcp.example.com/mcp', true],
    ['localhost', 'https://evil.example/mcp', false],
    ['evil.example', 'http://localhost/mcp', false],
  ])('%s, %s', (host, url, isServed) => {
    expect(hostHeaderValidationResponse(ping({ host }, url), allowed) === undefined).toBe(isServed)
  })
})

it('an empty list refuses everything, and an entry that is no hostname matches nothing', () => {
  expect(hostHeaderValidationResponse(ping(), [])?.status).toBe(403)
  for (const entry of ['*', 'localhost:80', 'http://localhost', '', '*.', '*.1', '*.*'])
    expect(hostHeaderValidationResponse(ping({ host: 'localhost:80' }), [entry])?.status).toBe(403)
})

it('localhost is this machine under its three names', () => {
  expect(localhostAllowedHostnames()).toEqual(['localhost', '127.0.0.1', '[::1]'])
  expect(hostHeaderValidationResponse(ping({ host: '[::1]:1' }), ['::1'])).toBeUndefined()
})

it.each(['*', 'localhost:80', 'http://localhost', '', '*.10.0.0.1', '*.[::1]'])(
  'withGuard() is not built with the rule %j',
  (rule) => {
    expect(() => withGuard(mcp(), { allowedHosts: [rule] })).toThrow(TypeError)
  },
)

it('a function is asked about the hostname alone', async () => {
  const asked: string[] = []
  const handler = withGuard(mcp(), { allowedHosts: [(hostname) => asked.push(hostname) > 1] })
  expect((await handler.fetch(ping({ host: 'MCP.Example.com.:80' }))).status).toBe(403)
  expect((await handler.fetch(ping({ host: '[0::1]:80' }))).status).toBe(200)
  expect(asked).toEqual(['mcp.example.com', '[::1]'])
})
