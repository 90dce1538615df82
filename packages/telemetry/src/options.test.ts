import { expect, it } from 'vitest'
import { withTelemetry } from './index.ts'

const handler = { fetch: async () => new Response() }

it.each<[string, unknown]>([
  ['withTelemetry: options must be an object (got true)', true],
  ['withTelemetry: there is no option "toolName": did you mean toolNames?', { toolName: [] }],
  [
    'withTelemetry: toolNames must be a list of strings that are not empty (got 1)',
    { toolNames: ['add', 1] },
  ],
  ['withTelemetry: methodNames must be a list of strings that are not empty (got "x")', { methodNames: 'x' }],
  ['withTelemetry: recordSessionIds must be true or false (got "no")', { recordSessionIds: 'no' }],
  [
    'withTelemetry: sessionIdleTimeoutMs must be a number of milliseconds greater than 0 (got 0)',
    { sessionIdleTimeoutMs: 0 },
  ],
  [
    'withTelemetry: maxRequestBodySize must be a number of bytes greater than 0 (got -1)',
    { maxRequestBodySize: -1 },
  ],
])('refuses an option: %s', (message, options) => {
  expect(() => withTelemetry(handler, options as never)).toThrow(message)
})
