import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { ElicitRequestSchema, LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { InMemoryEventStore, InMemorySessionStore, sessions } from './index.ts'
import { createFetch, EventReader, RawClient, URL_UNDER_TEST, until } from './testing/http.ts'
import { Stage } from './testing/server.ts'

const FORM = { elicitation: {} }

async function open(capabilities: object = FORM, options: { version?: string } = {}) {
  const stage = new Stage()
  const handler = createMcpHandler(stage.factory, { legacy: sessions() })
  const client = new RawClient(handler, options)
  await client.open(capabilities)
  return { stage, handler, client }
}

const ADA = { action: 'accept', content: { name: 'Ada' } }

describe('a question of a handler', () => {
  it.each([true, false])(
    'goes out on the stream of its call, and is answered by another POST (related: %s)',
    async (related) => {
      const { client } = await open()
      const stream = new EventReader(await client.tool('ask', { related }))
      const question = await stream.message()
      expect(question).toMatchObject({ method: 'elicitation/create', params: { message: 'Who are you?' } })
      expect(question.id).toMatch(/^[\da-f-]{36}$/)
      expect((await client.answer(question.id, ADA)).status).toBe(202)
      const [answer] = await stream.rest()
      expect(JSON.parse(answer.result.content[0].text)).toEqual(ADA)
    },
  )

  it.each([
    [
      'sample',
      'sampling/createMessage',
      { role: 'assistant', model: 'm', content: { type: 'text', text: 'Hi' } },
    ],
    ['roots', 'roots/list', { roots: [{ uri: 'file:///home', name: 'Home' }] }],
  ])('may be of any kind that its client has declared: %s', async (tool, method, result) => {
    const { client } = await open({ sampling: {}, roots: {} })
    const stream = new EventReader(await client.tool(tool))
    const question = await stream.message()
    expect(question.method).toBe(method)
    await client.answer(question.id, result)
    const [answer] = await stream.rest()
    expect(JSON.parse(answer.result.content[0].text)).toEqual(result)
    const { client: mute } = await open({})
    expect((await (await mute.tool(tool)).json()).result.isError).toBe(true)
  })

  it('is answered by its own session alone', async () => {
    const { client, handler } = await open()
    const stream = new EventReader(await client.tool('ask', { related: true }))
    const { id } = await stream.message()
    const other = new RawClient(handler)
    await other.open(FORM)
    expect((await other.answer(id, { action: 'accept', content: { name: 'Eve' } })).status).toBe(202)
    await client.answer(id, ADA)
    const [answer] = await stream.rest()
    expect(JSON.parse(answer.result.content[0].text)).toEqual(ADA)
  })

  it('is asked once however often it is answered', async () => {
    const { client } = await open()
    const stream = new EventReader(await client.tool('ask', { related: true }))
    const { id } = await stream.message()
    for (const name of ['Ada', 'Eve']) await client.answer(id, { action: 'accept', content: { name } })
    const [answer] = await stream.rest()
    expect(JSON.parse(answer.result.content[0].text)).toEqual(ADA)
  })

  it('goes to the standalone stream where two calls could be meant', async () => {
    const { client, stage } = await open()
    const standalone = new EventReader(await client.listen())
    const waiting = client.tool('wait', { key: 'a' })
    await until(() => stage.gates.has('a'))
    const asking = client.tool('ask', { related: false })
    await client.answer((await standalone.message()).id, ADA)
    expect((await (await asking).json()).result.content[0].text).toContain('Ada')
    stage.open('a')
    await waiting
  })

  it('is refused where the client has not declared what it needs', async () => {
    const { client } = await open({})
    for (const related of [true, false]) {
      const { result } = await (await client.tool('ask', { related })).json()
      expect(result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/does not (declare|support)/) }],
      })
    }
  })

  it('is refused at once where no stream reaches the client', async () => {
    const { client } = await open()
    const json = { accept: 'application/json' }
    const { result } = await (await client.tool('ask', { related: true }, json)).json()
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('no stream open') }],
    })
  })

  it('waits for a client that has listened before, and comes back', async () => {
    const eventStore = new InMemoryEventStore()
    const handler = createMcpHandler(new Stage().factory, { legacy: sessions({ eventStore }) })
    const client = new RawClient(handler)
    await client.open(FORM)
    const json = { accept: 'application/json' }
    expect((await (await client.tool('ask', { related: true }, json)).json()).result.isError).toBe(true)
    const left = new EventReader(await client.listen())
    await left.next()
    await left.leave()
    const asking = client.tool('ask', { related: true }, json)
    const back = new EventReader(await client.listen(left.lastId))
    await client.answer((await back.message()).id, ADA)
    expect((await (await asking).json()).result.content[0].text).toContain('Ada')
  })

  it('is taken back under the id that the client knows', async () => {
    const { client, stage } = await open()
    const stream = new EventReader(await client.tool('ask', { related: true }))
    const question = await stream.message()
    const server = stage.built[0]!
    await server.server.transport!.send({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 0, reason: 'Too late' },
    })
    expect(await stream.message()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: question.id, reason: 'Too late' },
    })
  })
})

describe('an input_required result', () => {
  it('becomes a question to a 2025-era client, and its answer the next turn of the handler', async () => {
    const { client } = await open()
    const stream = new EventReader(await client.tool('wants'))
    const { id, method } = await stream.message()
    expect(method).toBe('elicitation/create')
    await client.answer(id, ADA)
    const [answer] = await stream.rest()
    expect(JSON.parse(answer.result.content[0].text)).toEqual({ who: ADA })
  })

  it('is an error to a client that cannot be asked, or will not answer', async () => {
    const { client: mute } = await open({})
    expect((await (await mute.tool('wants')).json()).error).toMatchObject({ code: -32021 })
    const { client } = await open()
    expect(
      (await (await client.tool('wants', {}, { accept: 'application/json' })).json()).error,
    ).toMatchObject({ code: -32603 })
    const stream = new EventReader(await client.tool('wants'))
    const { id } = await stream.message()
    await client.send('POST', { jsonrpc: '2.0', id, error: { code: -32042, message: 'Not now' } })
    expect(await stream.rest()).toMatchObject([{ error: { code: -32042, message: 'Not now' } }])
  })
})

describe('a client of the 1.x SDK', () => {
  it('answers questions, hears logs at its level, and ends its session', async () => {
    const { handler } = await open()
    const client = new Client({ name: 'c', version: '1' }, { capabilities: FORM })
    const transport = new StreamableHTTPClientTransport(new URL(URL_UNDER_TEST), {
      fetch: createFetch(handler),
    })
    client.setRequestHandler(ElicitRequestSchema, async () => ADA as never)
    const logs: unknown[] = []
    client.setNotificationHandler(
      LoggingMessageNotificationSchema,
      ({ params }) => void logs.push(params.level),
    )
    await client.connect(transport)
    await client.setLoggingLevel('warning')
    for (const related of [true, false]) {
      const { content } = await client.callTool({ name: 'ask', arguments: { related } })
      expect(content).toMatchObject([{ text: JSON.stringify(ADA) }])
      await client.callTool({ name: 'log', arguments: { related } })
    }
    await until(() => logs.length >= 2)
    expect(logs).toEqual(['error', 'error'])
    await client.subscribeResource({ uri: 'doc://one' })
    await transport.terminateSession()
    await expect(client.listTools()).rejects.toThrow()
    await client.close()
  })
})

describe('logging/setLevel', () => {
  it('counts for the session', async () => {
    const { client, handler } = await open()
    const other = new RawClient(handler)
    await other.open()
    expect(await (await client.call('logging/setLevel', { level: 'error' })).json()).toMatchObject({
      result: {},
    })
    expect(await (await client.tool('log', { related: true })).text()).not.toContain('a debug')
    expect(await (await other.tool('log', { related: true })).text()).toContain('a debug')
    expect((await (await client.call('logging/setLevel', { level: 'loud' })).json()).error.code).toBe(-32602)
    expect(await (await client.tool('log', { related: true })).text()).not.toContain('a debug')
  })
})

it('a level that there is not is refused, whatever the server makes of it', async () => {
  const factory = () => {
    const server = new Server({ name: 'easy', version: '1' }, { capabilities: { logging: {} } })
    server.setRequestHandler(z.object({ method: z.literal('logging/setLevel') }), () => ({}))
    return server
  }
  const client = new RawClient(createMcpHandler(factory, { legacy: sessions() }))
  await client.open()
  for (const level of ['loud', undefined, 7]) {
    expect((await (await client.call('logging/setLevel', { level })).json()).error.code).toBe(-32602)
  }
})

describe('resources/subscribe', () => {
  it.each([
    ['one after the other', false],
    ['at once', true],
  ])('never makes a record larger than a store promises to hold, %s', async (_, atOnce) => {
    const store = new InMemorySessionStore()
    const client = new RawClient(createMcpHandler(new Stage().factory, { legacy: sessions({ store }) }))
    await client.open({ experimental: { much: { text: 'ü'.repeat(7000) } } })
    const subscribe = async (number: number): Promise<number | undefined> => {
      const uri = `doc://${String(number).padStart(4, '0')}${'"'.repeat(2000)}`
      return (await (await client.call('resources/subscribe', { uri })).json()).error?.code
    }
    const codes: (number | undefined)[] = []
    if (atOnce)
      codes.push(...(await Promise.all(Array.from({ length: 100 }, (_, number) => subscribe(number)))))
    else for (let number = 0; number < 100; number++) codes.push(await subscribe(number))
    expect(new Set(codes)).toEqual(new Set([undefined, -32602]))
    const record = await store.getSession(client.sessionId!)
    expect(new TextEncoder().encode(JSON.stringify(record?.data)).length).toBeLessThan(64_000)
  })

  it('goes on after the store has refused one', async () => {
    const store = new InMemorySessionStore()
    const client = new RawClient(createMcpHandler(new Stage().factory, { legacy: sessions({ store }) }))
    await client.open()
    const { updateSession } = store
    store.updateSession = async () => {
      throw new Error('down')
    }
    const subscribe = async () => (await client.call('resources/subscribe', { uri: 'doc://one' })).json()
    expect((await subscribe()).error.code).toBe(-32603)
    store.updateSession = updateSession
    expect((await subscribe()).result).toEqual({})
  })
})
