import { expect, it } from 'vitest'
import { toLambdaHandler, toStreamingLambdaHandler } from './index.ts'

const handler = { fetch: async () => new Response() }
const build = (options: unknown) => () => toLambdaHandler(handler, options as never)

it.each<[string, () => unknown]>([
  ['toLambdaHandler: options must be an object (got [])', build([])],
  [
    'toLambdaHandler: there is no option "gatewayTimeout": did you mean gatewayTimeoutMs?',
    build({ gatewayTimeout: 1 }),
  ],
  ['toLambdaHandler: authInfo must be a function (got {"token":"t"})', build({ authInfo: { token: 't' } })],
  ['toLambdaHandler: basePath must be a string (got 1)', build({ basePath: 1 })],
  [
    'toLambdaHandler: reserveMs must be a number of milliseconds of 0 or more (got -1)',
    build({ reserveMs: -1 }),
  ],
  ['toLambdaHandler: onerror must be a function (got true)', build({ onerror: true })],
  [
    'toStreamingLambdaHandler: there is no option "reserve": did you mean reserveMs?',
    () => toStreamingLambdaHandler(handler, { reserve: 1 } as never),
  ],
])('refuses an option: %s', (message, build) => {
  expect(build).toThrow(message)
})
