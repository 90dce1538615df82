import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { Random, readSeed } from '@portico-example/testing/random'
import { createMcpHandler } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import { InMemoryEventStore, InMemorySessionBus, InMemorySessionStore, sessions } from './index.ts'
import { URL_UNDER_TEST, until } from './testing/http.ts'
import { Killable } from './testing/killable.ts'
import { Stage } from './testing/server.ts'

const reconnectionOptions = {
  maxReconnectionDelay: 20,
  initialReconnectionDelay: 5,
  reconnectionDelayGrowFactor: 1,
  maxRetries: 1000,
}

const isAnswer = (init: RequestInit | undefined): boolean =>
  typeof init?.body === 'string' && !('method' in JSON.parse(init.body))

it('what nodes that are killed take with them is the calls that they ran', async () => {
  const random = new Random(readSeed('sessions on nodes that are killed', 11))
  const shared = {
    store: new InMemorySessionStore(),
    eventStore: new InMemoryEventStore({ maxEventsPerStream: 100_000 }),
    bus: new InMemorySessionBus(),
  }
  const changes = new InMemorySessionBus()
  const start = (): Killable => {
    const node = new Killable(shared)
    node.handler = createMcpHandler(new Stage().factory, { bus: changes, legacy: sessions(node.shared) })
    return node
  }
  const nodes = [start(), start(), start()]
  const any = (): Killable => random.pick(nodes)
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    try {
      return await any().fetch(new Request(input, init))
    } catch (error) {
      // a node that is killed takes the requests with it that wait there; an answer that got lost is sent again
      if (!isAnswer(init)) throw error
      return any().fetch(new Request(input, init))
    }
  }

  const clients = await Promise.all(
    Array.from({ length: 30 }, async (_, number) => {
      const client = new Client({ name: `c${number}`, version: '1' }, { capabilities: { elicitation: {} } })
      const heard = { updates: 0, logs: [] as unknown[] }
      const content = { name: `n${number}` }
      client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content }))
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, () => void heard.updates++)
      client.setNotificationHandler(
        LoggingMessageNotificationSchema,
        ({ params }) => void heard.logs.push(params.data),
      )
      const transport = new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), {
        fetch,
        reconnectionOptions,
      })
      await client.connect(transport)
      await client.subscribeResource({ uri: `doc://${number}` })
      return { client, transport, heard, number, failed: 0 }
    }),
  )

  let rounds = 0
  let logged = 0
  for (; rounds < 12; rounds++) {
    const calls = clients.map(async (one) => {
      try {
        const { content } = await one.client.callTool({ name: 'ask', arguments: { related: true } })
        expect(content).toMatchObject([{ text: expect.stringContaining(`"n${one.number}"`) }])
      } catch (error) {
        expect(String(error)).toMatch(/killed|The call was lost|no longer kept/)
        one.failed++
      }
    })
    const doomed = random.below(nodes.length)
    if (rounds % 2) {
      await random.pause(20)
      nodes.splice(doomed, 1, start())[0]!.kill()
    }
    await Promise.all(calls)
    // said while no node is killed: the caller knows that it was said
    for (const { number } of clients) any().handler!.notify.resourceUpdated(`doc://${number}`)
    await Promise.all(
      clients.map(({ client }) => client.callTool({ name: 'log', arguments: { related: false } })),
    )
    logged += 2
  }

  await until(() => clients.every(({ heard }) => heard.updates >= rounds && heard.logs.length >= logged))
  for (const { heard } of clients) {
    expect(heard.updates).toBe(rounds)
    expect(heard.logs).toEqual(Array.from({ length: rounds }, () => ['a debug', 'a error']).flat())
  }
  expect(clients.reduce((sum, { failed }) => sum + failed, 0)).toBeLessThan(30 * 6)
  await Promise.all(clients.map(({ transport }) => transport.terminateSession()))
  expect(shared.store.size).toBe(0)
  await Promise.all(clients.map(({ client }) => client.close()))
})
