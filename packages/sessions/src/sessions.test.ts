import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { createMcpHandler } from '@portico-mcp/core'
import { afterEach, describe, expect, it } from 'vitest'
import { InMemoryEventStore, sessions } from './index.ts'
import { EventReader, fetchOf, RawClient, URL_UNDER_TEST, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const stage = new Stage()
const handler = createMcpHandler(stage.factory, { legacy: sessions(), onerror: console.error })

describe('smoke', () => {
  it('works with a client', async () => {
    const client = new Client({ name: 'c', version: '1' }, { capabilities: { elicitation: {} } })
    const transport = new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), { fetch: fetchOf(handler) })
    await client.connect(transport)
    expect(transport.sessionId).toBeDefined()
    expect(await client.callTool({ name: 'echo', arguments: { text: 'x' } })).toMatchObject({
      content: [{ text: 'x' }],
    })
    await client.setLoggingLevel('error')
    await client.close()
  })
})
