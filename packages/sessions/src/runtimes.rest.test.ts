import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { describeRuntimes } from '@portico-example/testing/runtimes'
import { beforeAll, expect, it, vi } from 'vitest'

const served = {
  entry: new URL('./testing/serve.ts', import.meta.url),
  sources: {
    '@portico-mcp/core/internal': new URL('../../core/src/internal.ts', import.meta.url),
    '@portico-mcp/core': new URL('../../core/src/index.ts', import.meta.url),
  },
}

describeRuntimes(served, (originOf) => {
  let origin: string
  beforeAll(() => {
    origin = originOf()
  })

  it.each(['stored', 'sealed'])('sessions that are %s know their client, and ask it', async (kind) => {
    const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { name: 'Ada' },
    }))
    const transport = new StreamableHTTPClientTransport(new URL(`${origin}/${kind}`))
    await client.connect(transport)
    const [{ text }] = (await client.callTool({ name: 'who' })).content as [{ text: string }]
    expect(JSON.parse(text)[0]).toBe('Ann')
    let changes = 0
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++)
    await vi.waitFor(async () => {
      await client.callTool({ name: 'announce' })
      expect(changes).toBeGreaterThan(0)
    })
    const { content } = await client.callTool({ name: 'ask' }, undefined, { timeout: 5000 })
    expect(content).toEqual([{ type: 'text', text: 'Ada' }])
    await transport.terminateSession()
    await client.close()
  })
})
