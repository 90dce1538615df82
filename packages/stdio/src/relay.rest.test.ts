import { sessions } from '@portico-mcp/sessions'
import { describe, expect, it } from 'vitest'
import { callTool, connect, MODERN_ONLY, serve } from './testing/stdio.ts'

describe.each([
  ['a 2026-07-28 client', 'modern', {}],
  ['a 2025-era client without a session', 'legacy', {}],
  ['a 2025-era client with a session', 'legacy', { legacy: sessions() }],
] as const)('a stdio server, for %s', (_, era, options) => {
  it('has its tools, resources, prompts, results and errors', async () => {
    const client = await connect(serve({}, { ...options }), { era })
    expect(client.getServerVersion()).toMatchObject({ name: 'fixture' })
    expect(client.getInstructions()).toBe('Use it for tests.')
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo')
    expect(await callTool(client, 'echo', { text: 'hello' })).toBe('hello')
    expect(await client.callTool({ name: 'fail' })).toMatchObject({
      isError: true,
      content: [{ text: 'It broke' }],
    })
    expect(await client.readResource({ uri: 'doc://readme' })).toMatchObject({
      contents: [{ text: 'Read me' }],
    })
    expect(await client.getPrompt({ name: 'greet', arguments: { who: 'Ann' } })).toMatchObject({
      messages: [{ content: { text: 'Greet Ann' } }],
    })
    await expect(client.readResource({ uri: 'doc://none' })).rejects.toMatchObject({ code: -32602 })
    expect(await client.callTool({ name: 'meta' })).toMatchObject({ _meta: { 'example.com/seen': true } })
  })

  it('keeps its state from call to call', async () => {
    const served = serve({}, { ...options })
    const client = await connect(served, { era })
    expect(await callTool(client, 'count')).toBe('1')
    expect(await callTool(client, 'count')).toBe('2')
    expect(served.pool.status.started).toBe(1)
  })

  it('reports progress', async () => {
    const client = await connect(serve({}, { ...options }), { era })
    const seen: number[] = []
    await client.callTool({ name: 'progress' }, { onprogress: ({ progress }) => seen.push(progress) })
    expect(seen).toEqual([1, 2, 3])
  })
})

describe.each([
  ['a 2026-07-28 client', 'modern', {}],
  ['a 2025-era client with a session', 'legacy', { legacy: sessions() }],
] as const)('a stdio server that asks %s', (_, era, options) => {
  it('gets its answers', async () => {
    const client = await connect(serve({}, { ...options }), {
      era,
      answers: {
        'elicitation/create': ({ message }) => ({ action: 'accept', content: { city: message } }),
        'sampling/createMessage': () => ({
          role: 'assistant',
          model: 'm',
          content: { type: 'text', text: 'Hello' },
        }),
        'roots/list': () => ({ roots: [{ uri: 'file:///home', name: 'Home' }] }),
      },
    })
    expect(await callTool(client, 'elicit')).toMatch('accept Where to?')
    expect(JSON.parse(await callTool(client, 'sample'))).toMatchObject({ text: 'Hello' })
    expect(JSON.parse(await callTool(client, 'roots'))).toMatchObject([{ uri: 'file:///home' }])
  })
})

describe.each([
  ['a 2026-07-28 client', 'modern', {}],
  ['a 2025-era client with a session', 'legacy', { legacy: sessions() }],
] as const)('a server that speaks 2026-07-28 alone, for %s', (_, era, options) => {
  it('has its tools, and asks', async () => {
    const client = await connect(serve(MODERN_ONLY, { ...options }), {
      era,
      answers: { 'elicitation/create': () => ({ action: 'accept', content: { city: 'Aachen' } }) },
    })
    expect(client.getServerVersion()).toMatchObject({ name: 'modern-only' })
    expect(client.getInstructions()).toBe('Speak the new revision.')
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'elicit'])
    expect(await callTool(client, 'echo', { text: 'hello' })).toBe('hello')
    expect(await callTool(client, 'elicit')).toBe('To Aachen')
  })
})

describe('a server that several calls share', () => {
  const accept = (city: string) => () => ({ action: 'accept', content: { city } })

  it('asks the client whose call it serves, though other calls run', async () => {
    const served = serve()
    const [ann, bob] = await Promise.all(
      ['Aachen', 'Bonn'].map((city) => connect(served, { answers: { 'elicitation/create': accept(city) } })),
    )
    const waiting = callTool(bob!, 'wait', { ms: 500 })
    expect(await callTool(ann!, 'elicit')).toMatch('accept Aachen')
    expect(await waiting).toBe('waited')
    const both = await Promise.all([ann!, bob!, ann!, bob!].map((client) => callTool(client, 'elicit')))
    expect(both.map((said) => said.split(' ')[1])).toEqual(['Aachen', 'Bonn', 'Aachen', 'Bonn'])
    expect(served.pool.status.started).toBe(1)
  })

  it.each([
    ['a 2026-07-28 client', 'modern', {}],
    ['a session', 'legacy', { legacy: sessions() }],
  ] as const)('has its questions of the start answered by %s', async (_, era, options) => {
    const served = serve({ env: { ASK_ROOTS: 'yes' } }, { ...options })
    const client = await connect(served, {
      era,
      answers: { 'roots/list': () => ({ roots: [{ uri: 'file:///home' }] }) },
    })
    expect((await client.listTools()).tools.length).toBeGreaterThan(10)
    await expect.poll(() => callTool(client, 'known-roots')).toBe('file:///home')
  })

  it('sends progress and cancellations to the call that they belong to', async () => {
    const served = serve()
    const clients = await Promise.all([connect(served), connect(served), connect(served)])
    const seen = clients.map(() => [] as number[])
    await Promise.all(
      clients.map((client, index) =>
        client.callTool({ name: 'progress' }, { onprogress: ({ progress }) => seen[index]!.push(progress) }),
      ),
    )
    expect(seen).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  it('announces changes to those who listen, also between calls', async () => {
    const served = serve()
    const client = await connect(served)
    const seen: string[] = []
    client.setNotificationHandler('notifications/tools/list_changed', () => void seen.push('tools'))
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void seen.push(params.uri),
    )
    await client.listen({ toolsListChanged: true, resourceSubscriptions: ['doc://readme'] })
    await callTool(client, 'add-tool')
    await expect.poll(() => seen).toContain('tools')
    expect(JSON.parse(await callTool(client, 'touch', { uri: 'doc://readme' }))).toEqual(['doc://readme'])
    await expect.poll(() => seen).toContain('doc://readme')
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('added-1')
  })

  it('is subscribed again for those who listen after it has ended', async () => {
    const served = serve()
    const client = await connect(served)
    const seen: string[] = []
    client.setNotificationHandler(
      'notifications/resources/updated',
      ({ params }) => void seen.push(params.uri),
    )
    await client.listen({ resourceSubscriptions: ['doc://readme'] })
    await expect(callTool(client, 'exit', { code: 1 })).rejects.toThrow()
    await expect.poll(() => served.pool.status.started).toBe(2)
    expect(JSON.parse(await callTool(client, 'touch', { uri: 'doc://readme' }))).toEqual(['doc://readme'])
    await expect.poll(() => seen).toEqual(['doc://readme'])
  })

  it('sends its log to the session that it serves', async () => {
    const client = await connect(serve({}, { legacy: sessions() }), { era: 'legacy' })
    const seen: unknown[] = []
    client.setNotificationHandler('notifications/message', ({ params }) => void seen.push(params.data))
    await client.setLoggingLevel('info')
    await callTool(client, 'log', { data: 'for the session' })
    await expect.poll(() => seen).toEqual(['for the session'])
  })
})
