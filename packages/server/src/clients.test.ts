import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  callTool,
  connectModern,
  type OfficialClient,
  officialClients,
  textOf,
} from '@portico-example/testing/examples'
import { InMemoryEventStore, InMemorySessionStore } from '@portico-mcp/sessions'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { HTTPServerInput } from './index.ts'
import { serve } from './testing/serve.ts'

const notes: HTTPServerInput = {
  name: 'notes',
  version: '1.0.0',
  setup(server, { notify }) {
    const note = { text: z.string() }
    server.registerTool('add', { inputSchema: note }, async ({ text }, { _meta, sendNotification }) => {
      if (_meta?.progressToken !== undefined) {
        const params = { progressToken: _meta.progressToken, progress: 1 }
        await sendNotification({ method: 'notifications/progress', params })
      }
      notify.resourcesChanged()
      return { content: [{ type: 'text', text: `Saved ${text}` }] }
    })
    server.registerTool('who', {}, async ({ sessionId }) => ({
      content: [{ type: 'text', text: `${server.server.getClientVersion()?.name} ${sessionId}` }],
    }))
    server.registerResource('one', 'note://one', {}, async ({ href }) => ({
      contents: [{ uri: href, text: 'one' }],
    }))
  },
}

const clients: OfficialClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
const keep = <C extends OfficialClient>(client: C): C => {
  clients.push(client)
  return client
}

describe.each([
  ['stateless', {}],
  ['with sessions', { stateless: false }],
  ['with sessions that resume', { stateless: false, eventStore: new InMemoryEventStore() }],
])('a server %s', (_, options) => {
  it.each(Object.entries(officialClients))('serves the official client %s', async (_, connect) => {
    const { url } = await serve(notes, options)
    const client = keep(await connect(url))
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['add', 'who'])
    const heard: number[] = []
    const added = await callTool(client, 'add', { text: 'x' }, ({ progress }) => heard.push(progress))
    expect([textOf(added), heard]).toEqual(['Saved x', [1]])
    expect((await client.readResource({ uri: 'note://one' })).contents).toMatchObject([{ text: 'one' }])
  })

  it('serves many clients at once', async () => {
    const { url } = await serve(notes, options)
    const connects = Object.values(officialClients).flatMap((connect) => [connect, connect, connect])
    const connected = await Promise.all(connects.map(async (connect) => keep(await connect(url))))
    const answers = await Promise.all(
      connected.map((client, index) => callTool(client, 'add', { text: `${index}` })),
    )
    expect(answers.map(textOf)).toEqual(connected.map((_, index) => `Saved ${index}`))
  })

  it('tells who listens what its tools, and whoever holds it, announce', async () => {
    const { url, notify } = await serve(notes, options)
    const listener = keep(await connectModern(url))
    const heard = vi.fn()
    listener.setNotificationHandler('notifications/resources/list_changed', heard)
    await listener.listen({ resourcesListChanged: true })
    notify.resourcesChanged()
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1), 5000)
    await callTool(keep(await officialClients['1.x']!(url)), 'add', { text: 'x' })
    await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(2), 5000)
  })
})

it('keeps sessions in its store over a restart, with what the client said of itself', async () => {
  const options = { stateless: false, sessionStore: new InMemorySessionStore() }
  let server = await serve(notes, options)
  const client = keep(new Client({ name: 'ann', version: '1' }) as any)
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: (_, init) => fetch(server.url, init),
  })
  await client.connect(transport as any)
  const who = async () => textOf(await callTool(client, 'who'))
  const before = await who()
  expect(before).toBe(`ann ${transport.sessionId}`)
  await server.close()
  expect(options.sessionStore.size).toBe(1)
  server = await serve(notes, options)
  expect(await who()).toBe(before)
  await transport.terminateSession()
  expect(options.sessionStore.size).toBe(0)
})
