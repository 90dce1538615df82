import { expect, it } from 'vitest'
import { withDashboard } from './index.ts'

const handler = { fetch: async () => new Response() }

it.each<[string, unknown]>([
  ['withDashboard: options must be an object (got null)', null],
  ['withDashboard: there is no option "paths": did you mean path?', { paths: ['/mcp'] }],
  ['withDashboard: path must be a path such as "/mcp" (got "mcp")', { path: 'mcp' }],
  [
    'withDashboard: aliases must be a list of paths such as "/mcp" (got "no path")',
    { aliases: ['/', 'no path'] },
  ],
  ['withDashboard: prefix must be the path of a folder', { prefix: '/board/' }],
  ['withDashboard: sessions must be an object with list, end (got {})', { sessions: {} }],
  ['withDashboard: authorize must be a function (got true)', { authorize: true }],
  ['withDashboard: maxRecords must be an integer of 0 or more (got -1)', { maxRecords: -1 }],
  [
    'withDashboard: allowedHosts must be loopback hostnames without authorize',
    { allowedHosts: ['notes.example.com'] },
  ],
])('refuses an option: %s', (message, options) => {
  expect(() => withDashboard(handler, options as never)).toThrow(message)
})

it('does not repeat a key that it refuses', () => {
  expect(() => withDashboard(handler, { key: 'hunter2' })).toThrow(
    /^withDashboard: key must be 32 to 256 characters of A-Z, a-z, 0-9, "-" and "_"$/,
  )
})
