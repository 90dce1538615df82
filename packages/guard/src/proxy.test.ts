import { describe, expect, it } from 'vitest'
import { listNetworks, parseAddress } from './address.ts'
import { clientFinder, type TrustProxy } from './proxy.ts'
import { ping } from './testing/requests.ts'

const addressOf = (trust: TrustProxy | undefined, socket: string | undefined, forwarded?: string) =>
  clientFinder(trust)(ping(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }), socket).address

describe("a client's address", () => {
  it.each<[string, TrustProxy | undefined, string | undefined, string | undefined, string | undefined]>([
    ['is the socket’s', undefined, '192.0.2.1', '6.6.6.6', '192.0.2.1'],
    ['is the socket’s with no hops', 0, '192.0.2.1', '6.6.6.6', '192.0.2.1'],
    ['is what the one proxy saw', 1, '10.0.0.1', '6.6.6.6, 203.0.113.7', '203.0.113.7'],
    ['is what the outer of two saw', 2, '10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['is known past an unknown socket', 1, undefined, '203.0.113.7', '203.0.113.7'],
    ['stops at a stranger', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, 203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['stops at a socket that is strange', ['10.0.0.0/8'], '192.0.2.1', '6.6.6.6', '192.0.2.1'],
    ['stops at what is no address', ['10.0.0.0/8'], '10.0.0.1', '6.6.6.6, unknown, 10.0.0.2', '10.0.0.2'],
    ['is the proxy’s where it tells none', 1, '10.0.0.1', undefined, '10.0.0.1'],
    ['sheds IPv6 clothes', ['10.0.0.0/8'], '::ffff:10.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['sheds a port', 1, '10.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['sheds brackets and port', ['fd00::/8'], 'fd00::1', '[2001:DB8:0::1]:4711', '2001:db8::1'],
    ['is none from a path', 1, '/run/portico.sock', undefined, undefined],
  ])('%s', (_, trust, socket, forwarded, expected) => {
    expect(addressOf(trust, socket, forwarded)).toBe(expected)
  })

  it('is the same when it is looked for again', () => {
    const forwarded = '6.6.6.6, 203.0.113.7, 10.0.0.2'
    const trusts: TrustProxy[] = [2, ['10.0.0.0/8'], (address) => address.startsWith('10.')]
    for (const trust of trusts) {
      const once = addressOf(trust, '10.0.0.1', forwarded)
      expect(addressOf(trust, once, forwarded)).toBe('203.0.113.7')
    }
  })
})

it.each([
  '127.1',
  '0x7f.0.0.1',
  '017.0.0.1',
  '1.2.3',
  '1.2.3.4.5',
  '',
  'localhost',
  '::1::',
  '[::1',
  '[1.2.3.4]x',
])('%j is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

it('an IPv6 client is its /64, an IPv4 client itself', () => {
  expect(listNetworks('2001:db8:1:2:3:4:5:6')).toEqual(['2001:db8:1:2::/64', '2001:db8:1::/48'])
  expect(listNetworks('203.0.113.7')).toEqual(['203.0.113.7'])
})

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d hops are refused', (trust) => {
  expect(() => clientFinder(trust)).toThrow(RangeError)
})

it.each(['10.0.0.0/33', '10/8', 'fd00::/129', 'loopback', ''])('the range %j is refused', (range) => {
  expect(() => clientFinder([range])).toThrow(TypeError)
})
