import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { caller } from './testing/client.ts'
import { ENVELOPE, modern, post } from './testing/requests.ts'
import { factoryOf, registerAll } from './testing/server.ts'

const handler = createMcpHandler(
  factoryOf((mcp) => {
    registerAll(mcp)
    mcp.registerTool('ask', {}, async () => {
      const form = { message: '?', requestedSchema: { type: 'object' as const, properties: {} } }
      const answers = await Promise.all([mcp.server.elicitInput(form), mcp.server.listRoots()])
      return { content: [{ type: 'text', text: JSON.stringify(answers) }] }
    })
  }),
  { requestTimeoutMs: 2000, requestState: { keys: ['k'.repeat(32)] } },
)

const method = fc.constantFrom(
  'ping',
  'tools/list',
  'tools/call',
  'initialize',
  'resources/read',
  'subscriptions/listen',
  'x',
)
const member = fc.oneof(fc.jsonValue(), fc.constant(undefined))
const params = fc.oneof(
  fc.jsonValue(),
  fc.record({
    name: member,
    uri: member,
    arguments: member,
    cursor: member,
    _meta: fc.oneof(fc.jsonValue(), fc.constant(ENVELOPE)),
  }),
)
const message = fc.record(
  {
    jsonrpc: fc.oneof(fc.constant('2.0'), fc.jsonValue()),
    id: fc.jsonValue(),
    method: fc.oneof(method, fc.jsonValue()),
    params,
  },
  { requiredKeys: [] },
)
const version = fc.constantFrom(undefined, '2026-07-28', '2025-11-25', '2025-03-26', '2030-01-01', 'v1')

async function answerTo(request: Request) {
  const response = await handler.fetch(request)
  if (response.headers.get('content-type') === 'text/event-stream')
    return void (await response.body!.cancel())
  const text = await response.text()
  if (text === '') return void expect(response.status).toBe(202)
  const answers = [JSON.parse(text)].flat()
  for (const answer of answers) {
    expect(answer).toMatchObject({ jsonrpc: '2.0' })
    // nothing hangs until the timeout, and nothing is an internal error
    expect(response.status).toBeLessThan(500)
    expect(answer.error?.code).not.toBe(-32603)
  }
}

describe('whatever is posted', () => {
  it('is answered in the protocol, at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(message, fc.array(message, { maxLength: 3 }), fc.jsonValue()),
        version,
        (body, version) => answerTo(post(JSON.stringify(body), { 'mcp-protocol-version': version })),
      ),
      { numRuns: 1500 },
    )
  })

  it('with an envelope is answered in the protocol, at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        method,
        fc.dictionary(
          fc.constantFrom(
            'name',
            'uri',
            'arguments',
            'cursor',
            'task',
            'notifications',
            'ref',
            'inputResponses',
            'requestState',
          ),
          fc.jsonValue(),
        ),
        (method, params) => answerTo(modern(method, { params })),
      ),
      { numRuns: 1500 },
    )
  })

  it('for an answer to what was asked is taken, refused or asked for again', async () => {
    const call = caller(handler, { name: 'ask' })
    const { requestState, inputRequests } = (await call()).result
    const [form, roots] = Object.keys(inputRequests) as [string, string]
    const elicited = fc.record(
      {
        action: fc.oneof(fc.constantFrom('accept', 'decline', 'cancel'), fc.jsonValue()),
        content: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.record(
          { [form]: fc.oneof(elicited, fc.jsonValue()), [roots]: fc.jsonValue(), other: fc.jsonValue() },
          { requiredKeys: [] },
        ),
        async (inputResponses) => {
          const { result, error } = await call({ inputResponses, requestState })
          if (error)
            expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('malformed') })
          else if (result.resultType === 'complete') expect(Object.keys(inputResponses)).toContain(form)
          else expect(Object.keys(result.inputRequests).length).toBeGreaterThan(0)
        },
      ),
      { numRuns: 300 },
    )
  })
})
