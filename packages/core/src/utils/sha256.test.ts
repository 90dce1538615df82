import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { sha256 } from './sha256.ts'

const expected = (text: string): string => createHash('sha256').update(text).digest('hex')

it('is the digest that Node makes, for texts of every length around a block', () => {
  for (let length = 0; length < 200; length++) {
    const text = Array.from({ length }, (_, index) => String.fromCharCode(33 + ((index * 7) % 90))).join('')
    expect(sha256(text)).toBe(expected(text))
  }
})

it.each(['', 'abc', '\u20ac\u{1f600}', 'x'.repeat(100_000)])('is it for %j', (text) => {
  expect(sha256(text)).toBe(expected(text))
})
