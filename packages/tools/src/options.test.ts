import { McpServer } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import {
  apiCall,
  createGatedToolRegistrar,
  registerOpenApiTools,
  registerToolFromSchema,
  runWithApi,
  withApi,
} from './index.ts'

const handler = { fetch: async () => new Response() }
const server = new McpServer({ name: 'tools', version: '1.0.0' })
const api = (options: unknown) => async () => withApi(handler, options as never)
const gated = (options: object) => async () => createGatedToolRegistrar({ server, ...options } as never)
const call = (options: unknown) => () => apiCall('GET', 'https://api.example.com/', options as never)
const fromSchema = (tool: object) => async () =>
  registerToolFromSchema(server, { name: 'find', handler: async () => ({ content: [] }), ...tool } as never)
const run = (context: unknown) => async () => runWithApi(context as never, () => 1)
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
  [
    'apiCall: retry must be a number of attempts, an integer of 0 or more, or an object with attempts and anyMethod (got -1)',
    call({ retry: -1 }),
  ],
  ['apiCall: retry must be', call({ retry: { attempts: 1, anymethod: true } })],
  [
    'apiCall: redirects must be "follow", "same-origin" or "none" (got "always")',
    call({ redirects: 'always' }),
  ],
  [
    'apiCall: baseUrl must be an http or https URL without user name, password, query and fragment',
    call({ baseUrl: 'https://ann:hunter2@api.example.com' }),
  ],
  ['withApi: apiBaseUrl must be an http or https URL', api({ apiBaseUrl: '/v1' })],
  [
    'withApi: headerOrigins must be a list of origins, such as "https://files.example.com" (got "https://files.example.com/a")',
    api({ headerOrigins: ['https://files.example.com/a'] }),
  ],
  [
    'runWithApi: there is no option "baseUrl": known are apiBaseUrl',
    run({ baseUrl: 'https://api.example.com' }),
  ],
  ['runWithApi: headers must be an object', run({ headers: 'authorization' })],
  ['registerToolFromSchema: there is no option "schema": known are name', fromSchema({ schema: {} })],
  [
    'registerToolFromSchema: there is no option "inputSchemas": did you mean inputSchema?',
    fromSchema({ inputSchemas: {} }),
  ],
  ['registerToolFromSchema: name must be a string that is not empty (got "")', fromSchema({ name: '' })],
  ['registerToolFromSchema: title must be a string (got 7)', fromSchema({ title: 7 })],
  ['registerToolFromSchema: annotations must be an object (got true)', fromSchema({ annotations: true })],
  [
    'registerToolFromSchema: validateArguments must be true or false (got "no")',
    fromSchema({ validateArguments: 'no' }),
  ],
  ['registerToolFromSchema: handler must be a function (got undefined)', fromSchema({ handler: undefined })],
  [
    'registerToolFromSchema: server must be an object with registerTool (got {})',
    async () => registerToolFromSchema({} as never, {} as never),
  ],
  ['createGatedToolRegistrar: server must be an object with registerTool', gated({ server: undefined })],
  ['registerOpenApiTools: there is no option "includes": did you mean include?', tools({ includes: [] })],
  ['registerOpenApiTools: include must be a function or a list of ids', tools({ include: 'listPets' })],
  ['registerOpenApiTools: validateArguments must be true or false (got 1)', tools({ validateArguments: 1 })],
])('refuses an option: %s', async (message, build) => {
  await expect(build()).rejects.toThrow(message)
})

it('accepts an option that is undefined', async () => {
  await expect(
    api({ apiBaseUrl: undefined, headerOrigins: undefined, onerror: undefined })(),
  ).resolves.toBeDefined()
  await expect(run({ apiBaseUrl: undefined, headers: undefined, signal: undefined })()).resolves.toBe(1)
  const tool = { title: undefined, description: undefined, inputSchema: undefined, _meta: undefined }
  await expect(fromSchema({ ...tool, validateArguments: undefined })()).resolves.toBeDefined()
  await expect(tools({ include: undefined, retry: undefined, redirects: undefined })()).resolves.toBeDefined()
})

it('shows nothing of headers, which may hold secrets', async () => {
  await expect(run({ query: 'key=hunter2' })()).rejects.toThrow(/^runWithApi: query must be an object$/)
  const baseUrl = 'https://ann:hunter2@api.example.com'
  await expect(call({ baseUrl })()).rejects.toThrow(/^(?!.*hunter2)/)
  await expect(call({ headers: ['hunter2'] })()).rejects.toThrow(/^apiCall: headers must be an object$/)
})
