import { McpServer } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import { createMcpRouter } from './index.ts'

const route = (options: unknown) => () =>
  createMcpRouter(() => new McpServer({ name: 'notes', version: '1.0.0' }), options as never)
const auth = (options: object) => route({ auth: { verifyToken: () => ({}), publicMethods: [], ...options } })

it.each<[string, () => unknown]>([
  ['createMcpRouter: there is no option "apiBaseURI": did you mean apiBaseUrl?', route({ apiBaseURI: 'x' })],
  ['createMcpRouter: path must be a path such as "/mcp" (got "mcp")', route({ path: 'mcp' })],
  ['createMcpRouter: aliases must be a list of paths such as "/" (got "")', route({ aliases: ['/', ''] })],
  ['createMcpRouter: sessionIdGenerator must be a function (got true)', route({ sessionIdGenerator: true })],
  ['createMcpRouter: auth must be an object (got true)', route({ auth: true })],
  ['createMcpRouter: auth: there is no option "scope": did you mean scopes?', auth({ scope: [] })],
  ['createMcpRouter: auth: publicMethods must be a list of strings', auth({ publicMethods: 'initialize' })],
  ['createMcpRouter: auth: verifyToken must be a function (got "jwt")', auth({ verifyToken: 'jwt' })],
  [
    'createMcpHandler: responseMode must be "auto", "json" or "sse" (got "stream")',
    route({ responseMode: 'stream' }),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})

it('takes the options of createMcpHandler', () => {
  expect(
    route({ responseMode: 'json', maxSubscriptions: 5, keepAliveMs: 1000, onerror: () => {} }),
  ).not.toThrow()
})
