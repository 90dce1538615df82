import { sessions } from '@portico-mcp/sessions'
import { describe, expect, it } from 'vitest'
import { callTool, connect, serve } from './testing/stdio.ts'

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
