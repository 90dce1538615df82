import { expect, it } from 'vitest'
import { readPath } from './request-path.ts'

it.each([
  ['http://localhost/mcp', '/mcp'],
  ['http://localhost', '/'],
  ['http://localhost/mcp?a=/b#c', '/mcp'],
  ['http://localhost/mcp#c?a', '/mcp'],
  ['http://localhost/%6Dcp/', '/%6Dcp/'],
])('the path of %s is %s', (url, path) => {
  expect(readPath({ url })).toBe(path)
})
