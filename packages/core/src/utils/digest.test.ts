import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { computeSha256, sha256 } from './digest.ts'

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
})
