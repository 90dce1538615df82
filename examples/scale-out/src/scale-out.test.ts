import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { type Example, startExample, textOf } from '@portico-example/testing/examples'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeRedis } from '../../../packages/redis/src/testing/redis-server.ts'

describeRedis('three nodes that share one Redis', () => {
  let bakery: Example

  beforeAll(async () => {
    bakery = await startExample('scale-out')
  })

  afterAll(async () => {
    expect(await bakery?.stop()).toBe(0)
  })

  it('serve a session together, whichever node a request comes to', async () => {
    const client = new Client({ name: 'Ann', version: '1.0.0' }, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, async () => ({
      action: 'accept',
      content: { bread: 'baguette' },
    }))
    const news: unknown[] = []
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void news.push(params.data),
    )
    const filled: string[] = []
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void filled.push(params.uri),
    )
    const transport = new StreamableHTTPClientTransport(new URL(bakery.url))
    await client.connect(transport)

    const greetings = new Set<string>()
    for (let call = 0; call < 6; call++) greetings.add(textOf(await client.callTool({ name: 'greet' })))
    expect([...greetings].sort()).toEqual(
      ['one', 'three', 'two'].map((node) => `Hello Ann, from node ${node}`),
    )
    expect(textOf(await client.callTool({ name: 'order' }))).toBe('One baguette')
    await client.callTool({ name: 'announce', arguments: { text: 'fresh bread' } })
    await vi.waitFor(() => expect(news).toEqual(['fresh bread']))
    const uri = 'bakery://shelves/rye'
    await client.subscribeResource({ uri })
    await client.callTool({ name: 'fill', arguments: { bread: 'rye' } })
    await vi.waitFor(() => expect(filled).toEqual([uri]))
    expect((await client.readResource({ uri })).contents).toMatchObject([{ text: 'Fresh rye' }])
    await transport.terminateSession()
    await expect(client.callTool({ name: 'greet' })).rejects.toThrow(/404|-32001|session/i)
    await client.close()
  })

  it('print commands that go to each of them', async () => {
    const [, commands] = await bakery.prints(/its end:\n([\s\S]*?DELETE[^\n]*)\n/)
    const { stdout } = await promisify(execFile)('sh', ['-c', commands!])
    const greeted = [...stdout.matchAll(/Hello curl, from node (\w+)/g)].map(([, node]) => node)
    expect(greeted.sort()).toEqual(['one', 'three', 'two'])
  })
})

it('says what to install where there is no Redis', async () => {
  await expect(startExample('scale-out', { REDIS_SERVER: '/nowhere' })).rejects.toThrow(
    /Install the package redis-server/,
  )
})
