import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { computeSha256, sha256, sha256Bytes, toHex } from './digest.ts'

const expected = (text: string): string =>
  createHash('sha256').update(new TextEncoder().encode(text)).digest('hex')

describe.each([
  ['the platform', sha256],
  ['hand', computeSha256],
])('SHA-256 by %s', (_, sha256) => {
  it('is the digest that Node makes, for texts of every length around a block', () => {
    for (let length = 0; length < 200; length++) {
      const text = Array.from({ length }, (_, index) => String.fromCharCode(33 + ((index * 7) % 90))).join('')
      expect(sha256(text)).toBe(expected(text))
    }
  })

  it.each(['', 'abc', '\u20ac\u{1f600}', '\ud800 alone', 'x'.repeat(100_000)])('is it for %j', (text) => {
    expect(sha256(text)).toBe(expected(text))
  })

  it('may be in base64url', () => {
    for (let length = 0; length < 50; length++) {
      const text = 'y'.repeat(length)
      expect(sha256(text, 'base64url')).toBe(createHash('sha256').update(text).digest('base64url'))
    }
  })
})

it('digests bytes, also those within a larger buffer', async () => {
  const bytes = new Uint8Array([9, 97, 98, 99, 9]).subarray(1, 4)
  expect(toHex(await sha256Bytes(bytes))).toBe(expected('abc'))
  expect(toHex(await sha256Bytes('abc'))).toBe(expected('abc'))
})
