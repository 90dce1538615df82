import { UrlElicitationRequiredError } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import { accept, caller, connectClient } from '../testing/client.ts'
import { ask, json, legacy, modern } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'
import { acceptedContent, inputRequired, inputResponse, isInputRequiredResult } from './input-required.ts'
import { once } from './once.ts'
import { inputResponses, requestState } from './request-context.ts'

const options = { requestState: { keys: ['k'.repeat(32)] } }
const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
const askName = inputRequired.elicit({ message: 'Name?', requestedSchema })
const said = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

describe.each(CLASSES)('a handler that returns inputRequired, with %s', (_, Class) => {
  const serve = (register: Parameters<typeof factoryOf>[0], more = {}) =>
    createMcpHandler(factoryOf(register, Class), { ...options, ...more })

  it('gets the answers under its own keys', async () => {
    const handler = serve((mcp) => {
      const outputSchema = { name: z.string() }
      mcp.registerTool('greet', { outputSchema }, async (extra) => {
        const accepted = acceptedContent(inputResponses(extra), 'user_name', z.object({ name: z.string() }))
        if (!accepted) return inputRequired({ inputRequests: { user_name: askName } })
        return { ...said(`Hello ${accepted.name}`), structuredContent: accepted }
      })
      mcp.registerPrompt('all', {}, async (extra) => {
        const responses = inputResponses(extra)
        if (responses) return { messages: [{ role: 'user', content: said(responses).content[0]! }] }
        const sample = inputRequired.createMessage({ messages: [], maxTokens: 1 })
        const url = inputRequired.elicitUrl({ message: 'Open', url: 'https://a.test/' })
        return inputRequired({ inputRequests: { sample, url, roots: inputRequired.listRoots() } })
      })
    })
    const { client, asked } = await connectClient(handler, {
      'elicitation/create': () => accept({ name: 'Ann' }),
      'sampling/createMessage': [{ role: 'assistant', model: 'm', content: { type: 'text', text: 'x' } }],
      'roots/list': [{ roots: [] }],
    })
    expect(await client.callTool({ name: 'greet' })).toMatchObject(said('Hello Ann'))
    const { messages } = (await client.getPrompt({ name: 'all' })) as any
    expect(Object.keys(JSON.parse(messages[0].content.text)).sort()).toEqual(['roots', 'sample', 'url'])
    expect(asked).toContainEqual(expect.objectContaining({ mode: 'url', url: 'https://a.test/' }))
  })

  it.each([
    ['no state that nobody needs, without keys', {}, {}],
    ['the id of the call, with keys', options, { requestState: expect.any(String) }],
  ])('answers with that and carries %s', async (_, options, carried) => {
    const handler = createMcpHandler(
      factoryOf(
        (mcp) =>
          mcp.registerTool('greet', {}, async () => inputRequired({ inputRequests: { user_name: askName } })),
        Class,
      ),
      options,
    )
    const { result } = await caller(handler, { name: 'greet' })()
    expect(result).toEqual({
      resultType: 'input_required',
      inputRequests: { user_name: askName },
      ...carried,
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'tested', version: '1.2.3' } },
    })
    expect(isInputRequiredResult(result)).toBe(true)
  })

  it('finds its own state again, which nobody else can read or write', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('steps', {}, async (extra) => {
        const step = Number(requestState(extra) ?? 0)
        const id = await once(extra, 'id', () => 7)
        return step < 3 ? inputRequired({ requestState: String(step + 1) }) : said([step, id])
      }),
    )
    const call = caller(handler, { name: 'steps' })
    let { result } = await call()
    for (let step = 1; step < 3; step++) ({ result } = await call({ requestState: result.requestState }))
    expect((await call({ requestState: result.requestState })).result).toMatchObject(said([3, 7]))
    expect((await call({ requestState: '3' })).error).toMatchObject({ code: -32602 })
  })

  it('may ask in the other way as well', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('both', {}, async (extra) => {
        const { content } = await mcp.server.elicitInput({ message: 'First?', requestedSchema })
        const second = acceptedContent(inputResponses(extra), 'second')
        if (second) return said([content, second])
        return inputRequired({ inputRequests: { second: askName } })
      }),
    )
    const { client } = await connectClient(handler, {
      'elicitation/create': ({ message }) => accept({ name: message }),
    })
    expect(await client.callTool({ name: 'both' })).toMatchObject(
      said([{ name: 'First?' }, { name: 'Name?' }]),
    )
  })

  it('of what the client does not declare is refused (400, -32021)', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('greet', {}, async () => inputRequired({ inputRequests: { user_name: askName } })),
    )
    const response = await handler.fetch(modern('tools/call', { params: { name: 'greet' } }))
    expect(response.status).toBe(400)
    expect((await response.json()).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { elicitation: {} } },
    })
  })

  it.each([[{}], [{ inputRequests: {} }], [{ inputRequests: { a: null } }], [{ requestState: 5 }]])(
    'with what is no request for input is an error, masked and reported (%o)',
    async (result) => {
      const onerror = vi.fn()
      const handler = serve(
        (mcp) =>
          mcp.registerTool('bad', {}, async () => ({ resultType: 'input_required', ...result, content: [] })),
        { onerror },
      )
      expect((await caller(handler, { name: 'bad' })()).error).toEqual({
        code: -32603,
        message: 'Internal error',
      })
      expect(onerror).toHaveBeenCalled()
    },
  )

  it('is told at once that a 2025-era client without a session cannot be asked', async () => {
    const handler = serve((mcp) => {
      mcp.registerTool('greet', {}, async () => inputRequired({ inputRequests: { user_name: askName } }))
    })
    expect((await ask(handler, legacy('tools/call', { name: 'greet' }))).error).toMatchObject({
      code: -32603,
      message: expect.stringContaining('sessions'),
      data: { reason: 'no-back-channel' },
    })
  })
})

describe('a handler that throws for a URL to be opened (-32042)', () => {
  const handler = createMcpHandler(
    factoryOf((mcp) =>
      mcp.registerTool('link', {}, async (extra) => {
        if (inputResponses(extra)) return said('linked')
        const link = { mode: 'url', message: 'Link', url: 'https://a.test/', elicitationId: '1' } as const
        throw new UrlElicitationRequiredError([link])
      }),
    ),
    options,
  )

  it('has it opened by a 2026-07-28 client', async () => {
    const { client, asked } = await connectClient(handler, { 'elicitation/create': [accept()] })
    expect(await client.callTool({ name: 'link' })).toMatchObject(said('linked'))
    expect(asked).toEqual([{ mode: 'url', message: 'Link', url: 'https://a.test/' }])
  })

  it('tells a 2025-era client as ever', async () => {
    const { error } = await json(handler.fetch(legacy('tools/call', { name: 'link' })))
    expect(error).toMatchObject({ code: -32042, data: { elicitations: [{ elicitationId: '1' }] } })
  })
})

describe('inputRequired', () => {
  it.each([[{}], [{ inputRequests: {} }]])('needs something to ask or to keep (%o)', (spec) => {
    expect(() => inputRequired(spec)).toThrow(TypeError)
  })
})

describe('inputResponse', () => {
  it.each([
    [
      { action: 'accept', content: { a: 1 } },
      { kind: 'elicit', action: 'accept', content: { a: 1 } },
    ],
    [{ action: 'decline' }, { kind: 'elicit', action: 'decline' }],
    [
      { action: 'cancel', content: 'x' },
      { kind: 'elicit', action: 'cancel' },
    ],
    [{ roots: [] }, { kind: 'roots', roots: [] }],
    [
      { role: 'assistant', content: {} },
      { kind: 'sampling', result: { role: 'assistant', content: {} } },
    ],
    [{ role: 'assistant' }, { kind: 'missing' }],
    [{ content: {} }, { kind: 'missing' }],
    ['text', { kind: 'missing' }],
    [undefined, { kind: 'missing' }],
  ])('reads %o as %o', (response, view) => {
    expect(inputResponse({ key: response }, 'key')).toEqual(view)
  })

  it('finds nothing where there are no answers, or none of its own', () => {
    expect(inputResponse(undefined, 'key')).toEqual({ kind: 'missing' })
    expect(inputResponse({}, 'constructor')).toEqual({ kind: 'missing' })
  })
})

describe('acceptedContent', () => {
  const schema = z.object({ n: z.coerce.number() })

  it('is what the schema makes of it', () => {
    expect(acceptedContent({ a: accept({ n: '4' }) }, 'a', schema)).toEqual({ n: 4 })
    expect(acceptedContent({ a: accept({ n: 'x' }) }, 'a', schema)).toBeUndefined()
  })

  it('is nothing for a form that was not filled in', () => {
    for (const a of [accept(), { action: 'decline', content: { n: 1 } }, { roots: [] }, undefined])
      expect(acceptedContent({ a }, 'a')).toBeUndefined()
  })

  it('throws for a schema that needs time', () => {
    const slow = schema.refine(async () => true)
    const validating = { '~standard': { validate: async (value: unknown) => slow.parseAsync(value) } }
    expect(() => acceptedContent({ a: accept({ n: 1 }) }, 'a', validating)).toThrow(TypeError)
  })
})
