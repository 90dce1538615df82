import { createMcpHandler, McpServer } from '@portico-mcp/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorizerAuthInfo, toLambdaHandler } from './index.ts'
import { recorded, SHAPES } from './testing/events.ts'

const mcp = createMcpHandler(() => new McpServer({ name: 'tested', version: '1' }))

/** Every path to a value within an event. */
const pathsOf = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))]
    : [path]

function replaced(value: any, [name, ...rest]: string[], replacement: unknown): unknown {
  if (name === undefined) return replacement
  const copy = Array.isArray(value) ? [...value] : { ...value }
  copy[name] = replaced(copy[name], rest, replacement)
  return copy
}

describe.each(SHAPES)('an event of a %s with anything anywhere', (shape) => {
  const event = recorded(shape)
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '/', '//', '%', '\r\n', '\0'),
  )
  const awkward = fc.constantFrom({ toString: 1 }, { __proto__: null }, [null], [[]])
  const anything = fc.oneof(text, fc.jsonValue(), fc.array(text), fc.dictionary(text, text), awkward)
  const context = { getRemainingTimeInMillis: () => 10_000 }

  it('is answered, and never as a success of its own making', async () => {
    const handle = toLambdaHandler(mcp, { authInfo: authorizerAuthInfo })
    const paths = fc.constantFrom(...pathsOf(event))
    await fc.assert(
      fc.asyncProperty(paths, anything, async (path, replacement) => {
        const result = await handle(replaced(event, path, replacement) as never, context)
        expect(result.statusCode).toBeGreaterThanOrEqual(200)
        expect(result.statusCode).not.toBe(500)
        const body = Buffer.from(result.body, result.isBase64Encoded ? 'base64' : 'utf8').toString()
        if (result.statusCode !== 202) expect(body).toContain('"jsonrpc":"2.0"')
      }),
      { numRuns: 1000 },
    )
  })
})
