import { expect, it } from 'vitest'
import { isEqual } from './constant-time.ts'

it.each([
  ['', '', true],
  ['secret', 'secret', true],
  ['secret', 'secreT', false],
  ['secret', 'Secret', false],
  ['secret', 'secret ', false],
  ['secret ', 'secret', false],
  ['', 'a', false],
  ['a', '', false],
  ['\0', '', false],
  ['', '\0', false],
  ['a\0', 'a', false],
  ['\u20ac', '\u10ac', false],
])('compares %j with %j', (one, other, equal) => {
  expect(isEqual(one, other)).toBe(equal)
})
