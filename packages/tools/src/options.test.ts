import { McpServer } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import { apiCall, createGatedToolRegistrar, registerOpenApiTools, withApi } from './index.ts'

const handler = { fetch: async () => new Response() }
const server = new McpServer({ name: 'tools', version: '1.0.0' })
const api = (options: unknown) => async () => withApi(handler, options as never)
const gated = (options: object) => async () => createGatedToolRegistrar({ server, ...options } as never)
const call = (options: unknown) => () => apiCall('GET', 'https://api.example.com/', options as never)
const tools = (options: unknown) => () =>
  registerOpenApiTools(server, { openapi: '3.1.0', info: {}, paths: {} }, options as never)

it.each<[string, () => Promise<unknown>]>([
  [
    'withApi: there is no option "baseUrl": known are apiBaseUrl',
    api({ baseUrl: 'https://api.example.com' }),
  ],
  ['withApi: getApiHeaders must be a function (got {})', api({ getApiHeaders: {} })],
  ['withApi: headerOrigins must be a list of strings', api({ headerOrigins: 'https://api.example.com' })],
  [
    'createGatedToolRegistrar: there is no option "onerror": did you mean onError?',
    gated({ onerror: () => {} }),
  ],
  ['createGatedToolRegistrar: server must be an object with registerTool', gated({ server: {} })],
  ['createGatedToolRegistrar: gates must be a list of functions (got "admin")', gated({ gates: ['admin'] })],
  ['apiCall: there is no option "timeout": did you mean timeoutMs?', call({ timeout: 1 })],
  ['apiCall: timeoutMs must be a number of milliseconds greater than 0 (got 0)', call({ timeoutMs: 0 })],
  ['apiCall: signal must be an AbortSignal (got {})', call({ signal: {} })],
  ['registerOpenApiTools: there is no option "includes": did you mean include?', tools({ includes: [] })],
  ['registerOpenApiTools: include must be a function or a list of ids', tools({ include: 'listPets' })],
  ['registerOpenApiTools: validateArguments must be true or false (got 1)', tools({ validateArguments: 1 })],
])('refuses an option: %s', async (message, build) => {
  await expect(build()).rejects.toThrow(message)
})

it('shows nothing of headers, which may hold secrets', async () => {
  await expect(call({ headers: ['hunter2'] })()).rejects.toThrow(/^apiCall: headers must be an object$/)
})
