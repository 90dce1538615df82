import { afterEach, describe, expect, it, vi } from 'vitest'
import { type DnsRebindingProtectionOptions, dnsRebindingProtection } from './index.ts'

const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
afterEach(() => warn.mockClear())

const asked = (host: string, origin?: string) =>
  new Request('http://localhost/mcp', { headers: { host, ...(origin && { origin }) } })

const status = (options: DnsRebindingProtectionOptions, ...request: Parameters<typeof asked>) =>
  dnsRebindingProtection(options)(asked(...request))?.status ?? 'passes'

describe('what binds to this machine', () => {
  it.each([undefined, '127.0.0.1', 'localhost', 'LOCALHOST', '::1', '[::1]'])(
    '%s arms both checks',
    (host) => {
      const options = host === undefined ? {} : { host }
      expect(status(options, 'localhost:3000', 'http://localhost:5173')).toBe('passes')
      expect(status(options, '[::1]:3000')).toBe('passes')
      expect(status(options, 'evil.example')).toBe(403)
      expect(status(options, 'localhost:3000', 'http://evil.example')).toBe(403)
      expect(warn).not.toHaveBeenCalled()
    },
  )

  it('serves what its lists name instead', () => {
    const options = { allowedHosts: ['notes.test'], allowedOrigins: ['https://app.test'] }
    expect(status(options, 'notes.test', 'https://app.test')).toBe('passes')
    expect(status(options, 'localhost')).toBe(403)
    expect(status(options, 'notes.test', 'http://localhost')).toBe(403)
  })
})

describe('what binds elsewhere', () => {
  it.each(['0.0.0.0', '::', '192.168.1.7', 'example.com'])('%s checks nothing and warns, once', (host) => {
    const check = dnsRebindingProtection({ host })
    for (let time = 0; time < 3; time++)
      expect(check(asked('evil.example', 'http://evil.example'))).toBeUndefined()
    expect(warn.mock.calls).toEqual([[expect.stringContaining('allowedHosts')]])
  })

  it('checks what it has a list for', () => {
    expect(status({ host: '0.0.0.0', allowedHosts: ['mcp.test'] }, 'evil.example')).toBe(403)
    expect(status({ host: '0.0.0.0', allowedHosts: ['mcp.test'] }, 'mcp.test:8080', 'http://any.test')).toBe(
      'passes',
    )
    expect(warn).not.toHaveBeenCalled()
    expect(
      status({ host: '0.0.0.0', allowedOrigins: ['https://app.test'] }, 'any', 'https://evil.test'),
    ).toBe(403)
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

it('refuses in the protocol and tells onerror', async () => {
  const onerror = vi.fn()
  const response = dnsRebindingProtection({ onerror })(asked('evil.example'))
  expect(await response?.json()).toMatchObject({
    jsonrpc: '2.0',
    error: { code: -32600, data: { reason: 'host-not-allowed' } },
  })
  expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'host-not-allowed' }))
})

it('throws at once for a rule that could never match', () => {
  expect(() => dnsRebindingProtection({ allowedHosts: ['https://mcp.test'] })).toThrow(TypeError)
  expect(() => dnsRebindingProtection({ allowedOrigins: ['app.test/path'] })).toThrow(TypeError)
})
