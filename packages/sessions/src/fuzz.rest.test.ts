import { createMcpHandler } from '@portico-mcp/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  encryptedSessionIds,
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  sessions,
} from './index.ts'
import { RawClient } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const stores = [
  new InMemorySessionStore(),
  encryptedSessionIds({ keys: ['a secret of at least 32 characters'] }),
]

const value = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e]{0,60}$/),
  fc.constantFrom(
    'get,,',
    'get,%,',
    'post.x.1,,',
    `post.${crypto.randomUUID()}.%22,a,`,
    `post.${crypto.randomUUID()}.7,a,`,
    ',,,',
    '..',
    '__proto__',
    'constructor',
  ),
)
const body = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
      method: fc.constantFrom(
        'ping',
        'initialize',
        'tools/list',
        'logging/setLevel',
        'resources/subscribe',
        'notifications/cancelled',
        'notifications/progress',
        'notifications/initialized',
        'x',
      ),
      params: fc.oneof(
        fc.jsonValue(),
        fc.record({
          uri: fc.jsonValue(),
          level: fc.jsonValue(),
          requestId: fc.jsonValue(),
          progressToken: fc.jsonValue(),
        }),
      ),
    },
    { requiredKeys: ['jsonrpc', 'method'] },
  ),
  fc.record({ jsonrpc: fc.constant('2.0'), id: fc.jsonValue(), result: fc.jsonValue() }),
)

it.each(stores)(
  'whatever is sent to a session is answered in the protocol, at once',
  { timeout: 60_000 },
  async (store) => {
    const errors: Error[] = []
    const handler = createMcpHandler(new Stage().factory, {
      legacy: sessions({
        store,
        eventStore: new InMemoryEventStore(),
        bus: new InMemorySessionBus(),
        maxSessions: 50,
      }),
      onerror: (error) => errors.push(error),
      maxRequestBodySize: 100_000,
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'GET', 'DELETE'),
        fc.record(
          {
            'mcp-session-id': fc.option(value, { nil: undefined }),
            'mcp-protocol-version': fc.option(value, { nil: undefined }),
            'last-event-id': fc.option(value, { nil: undefined }),
            accept: fc.constantFrom('*/*', 'text/event-stream', 'application/json', 'x'),
          },
          { requiredKeys: [] },
        ),
        fc.boolean(),
        body,
        async (method, headers, known, message) => {
          const client = new RawClient(handler)
          await client.open()
          const own = known
            ? { ...headers, 'mcp-session-id': client.sessionId, 'mcp-protocol-version': undefined }
            : headers
          const response = await client.send(method, method === 'POST' ? message : undefined, own)
          expect(response.status).toBeLessThan(500)
          if (response.headers.get('content-type') === 'text/event-stream')
            return void (await response.body?.cancel())
          const text = await response.text()
          if (text === '') return
          for (const answer of [JSON.parse(text)].flat()) {
            expect(answer).toMatchObject({ jsonrpc: '2.0' })
            expect(answer.error?.code).not.toBe(-32603)
          }
        },
      ),
      { numRuns: 400 },
    )
    expect(errors.filter((error) => (error as { reason?: string }).reason === undefined)).toEqual([])
    await handler.close()
  },
)
