import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import {
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListRootsResultSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import { McpServer } from '../server/fast/mcp-server.ts'
import { accept, answersTo, caller, connectClient } from '../testing/client.ts'
import { ask, legacy, modern } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'

const keys = ['k'.repeat(32)]
const options = { requestState: { keys } }
const said = (value: unknown) => ({
  content: [{ type: 'text' as const, text: typeof value === 'string' ? value : JSON.stringify(value) }],
})
const form = (message: string, properties: Record<string, { type: 'string' | 'integer' }> = {}) => ({
  message,
  requestedSchema: { type: 'object' as const, properties: properties as Record<string, { type: 'string' }> },
})
const sample = (text: string) => ({
  messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }],
  maxTokens: 9,
})
const written = (text: string) => ({ role: 'assistant', content: { type: 'text', text }, model: 'm' })

describe.each(CLASSES)('what a handler asks, with %s and the official client', (_, Class) => {
  const serve = (register: Parameters<typeof factoryOf>[0]) =>
    createMcpHandler(factoryOf(register, Class), options)

  // the SDK's own sendRequest keeps its promise to itself
  const unheeded =
    Class === McpServer ? (['elicitInput', 'sendRequest'] as const) : (['elicitInput'] as const)

  it.each(unheeded)('ends no process where a handler does not wait for it (%s)', async (way) => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    onTestFinished(() => void process.off('unhandledRejection', unhandled))
    const handler = serve((mcp) =>
      mcp.registerTool('two', {}, async ({ sendRequest }) => {
        const put = (message: string) =>
          way === 'elicitInput'
            ? mcp.server.elicitInput(form(message))
            : sendRequest({ method: 'elicitation/create', params: form(message) }, ElicitResultSchema)
        const first = put('First?')
        const second = put('Second?')
        return said([(await first).action, (await second).action])
      }),
    )
    const { client } = await connectClient(handler, { 'elicitation/create': () => accept({}) })
    expect(await client.callTool({ name: 'two' })).toMatchObject({
      content: [{ text: '["accept","accept"]' }],
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('is answered over three rounds, in which the handler runs from its start', async () => {
    const runs = vi.fn()
    const handler = serve((mcp) =>
      mcp.registerTool('trip', {}, async ({ sendRequest }) => {
        runs()
        const { content } = await mcp.server.elicitInput(form('Where?', { city: { type: 'string' } }))
        const { content: text } = await mcp.server.createMessage(sample(`Describe ${content?.city}`))
        const { roots } = await sendRequest({ method: 'roots/list' }, ListRootsResultSchema)
        return said([content, text, roots])
      }),
    )
    const { client, posts, asked } = await connectClient(handler, {
      'elicitation/create': [accept({ city: 'Rome' })],
      'sampling/createMessage': [written('Old')],
      'roots/list': [{ roots: [{ uri: 'file:///a' }] }],
    })
    expect(await client.callTool({ name: 'trip' })).toMatchObject({
      content: [
        { text: JSON.stringify([{ city: 'Rome' }, { type: 'text', text: 'Old' }, [{ uri: 'file:///a' }]]) },
      ],
    })
    expect(runs).toHaveBeenCalledTimes(4)
    expect(asked).toMatchObject([{ mode: 'form', message: 'Where?' }, sample('Describe Rome'), undefined])
    const states = posts.map(({ params }) => params.requestState).filter(Boolean)
    expect(new Set(states).size).toBe(3)
  })

  it('at once is one round', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('both', {}, async () =>
        said(
          await Promise.all([
            mcp.server.elicitInput(form('First')),
            Promise.resolve().then(() => mcp.server.elicitInput(form('Second'))),
            mcp.server.listRoots(),
          ]),
        ),
      ),
    )
    const { client, posts } = await connectClient(handler, {
      'elicitation/create': ({ message }) => accept({ message }),
      'roots/list': [{ roots: [] }],
    })
    const before = posts.length
    const { content } = (await client.callTool({ name: 'both' })) as any
    expect(JSON.parse(content[0].text)).toEqual([
      accept({ message: 'First' }),
      accept({ message: 'Second' }),
      { roots: [] },
    ])
    expect(posts.length - before).toBe(2)
  })

  it('may be a URL to open, without the id of 2025-11-25', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('open', {}, async () =>
        said(
          await mcp.server.elicitInput({
            mode: 'url',
            message: 'Sign',
            url: 'https://a.test/',
            elicitationId: crypto.randomUUID(),
          }),
        ),
      ),
    )
    const { client, asked } = await connectClient(handler, { 'elicitation/create': [accept()] })
    expect(await client.callTool({ name: 'open' })).toMatchObject(said({ action: 'accept' }))
    expect(asked).toEqual([{ mode: 'url', message: 'Sign', url: 'https://a.test/' }])
  })

  it.each([{ action: 'decline' }, { action: 'cancel' }])('may be turned down (%o)', async (answer) => {
    const handler = serve((mcp) =>
      mcp.registerTool('sure', {}, async () => said(await mcp.server.elicitInput(form('Sure?')))),
    )
    const { client } = await connectClient(handler, { 'elicitation/create': [answer] })
    expect(await client.callTool({ name: 'sure' })).toMatchObject(said(answer))
  })

  it('may be content that is not what the form wants, which fails as ever', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('age', {}, async () =>
        said(await mcp.server.elicitInput(form('Age?', { age: { type: 'integer' } }))),
      ),
    )
    const call = caller(handler, { name: 'age' })
    const { result } = await call()
    const inputResponses = answersTo(result, () => accept({ age: 'old' }))
    expect((await call({ inputResponses, requestState: result.requestState })).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('does not match requested schema') }],
    })
  })

  it('is answered in prompts and resources', async () => {
    const handler = serve((mcp) => {
      const name = async () => (await mcp.server.elicitInput(form('Name?'))).content?.name
      mcp.registerPrompt('greet', {}, async () => ({
        messages: [{ role: 'user', content: { type: 'text', text: `Greet ${await name()}` } }],
      }))
      mcp.registerResource('card', 'doc://card', {}, async () => ({
        contents: [{ uri: 'doc://card', text: `${await name()}` }],
      }))
    })
    const { client } = await connectClient(handler, { 'elicitation/create': () => accept({ name: 'Ann' }) })
    expect((await client.getPrompt({ name: 'greet' })).messages).toMatchObject([
      { content: { text: 'Greet Ann' } },
    ])
    expect((await client.readResource({ uri: 'doc://card' })).contents).toMatchObject([{ text: 'Ann' }])
  })

  it('makes a result that no cache keeps', async () => {
    const handler = createMcpHandler(
      factoryOf(
        (mcp) =>
          mcp.registerResource('card', 'doc://card', {}, async ({ href: uri }) => ({
            contents: [{ uri, text: (await mcp.server.elicitInput(form('Sure?'))).action }],
            ttlMs: 60_000,
          })),
        Class,
      ),
      { ...options, cacheHints: { 'resources/read': { ttlMs: 60_000, cacheScope: 'public' } } },
    )
    const call = caller(handler, { uri: 'doc://card' }, { method: 'resources/read' })
    const { result } = await call()
    expect(result).not.toHaveProperty('ttlMs')
    const inputResponses = answersTo(result, () => accept())
    expect((await call({ inputResponses, requestState: result.requestState })).result).toMatchObject({
      contents: [{ text: 'accept' }],
      ttlMs: 0,
      cacheScope: 'private',
    })
  })

  it('is refused where nothing may ask, and where the question has no place', async () => {
    const handler = serve((mcp) => {
      const who = completable(z.string(), async () =>
        (await mcp.server.listRoots()).roots.map(({ uri }) => uri),
      )
      mcp.registerPrompt('greet', { argsSchema: { who } }, async () => ({ messages: [] }))
      mcp.registerTool('task', {}, async () =>
        said(await mcp.server.elicitInput(form('Later?'), { task: { ttl: 1 } })),
      )
    })
    const completion = { ref: { type: 'ref/prompt', name: 'greet' }, argument: { name: 'who', value: '' } }
    expect((await caller(handler, completion, { method: 'completion/complete' })()).error).toMatchObject({
      code: -32603,
      message: expect.stringContaining('may ask'),
      data: { reason: 'no-back-channel' },
    })
    expect((await caller(handler, { name: 'task' })()).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('no place for it') }],
    })
  })

  describe('that the client does not declare', () => {
    const handler = serve((mcp) => {
      const { server } = mcp
      mcp.registerTool('form', {}, async () => said(await server.elicitInput(form('?'))))
      mcp.registerTool('url', {}, async () =>
        said(
          await server.elicitInput({ mode: 'url', message: '?', url: 'https://a.test', elicitationId: '1' }),
        ),
      )
      mcp.registerTool('later', {}, async () => {
        await server.createElicitationCompletionNotifier('1')()
        return said('never')
      })
      mcp.registerTool('tools', {}, async () =>
        said(await server.createMessage({ ...sample('?'), tools: [] })),
      )
      mcp.registerTool('fallback', {}, async () =>
        said(await server.listRoots().catch(({ code }) => `none: ${code}`)),
      )
      mcp.registerPrompt('form', {}, async () => {
        await server.elicitInput(form('?'))
        return { messages: [] }
      })
      mcp.registerPrompt('roots', {}, async () => {
        await server.listRoots()
        return { messages: [] }
      })
    })

    it.each([
      ['tools/call', 'form', {}, { elicitation: {} }],
      ['tools/call', 'form', { elicitation: { url: {} } }, { elicitation: { form: {} } }],
      ['tools/call', 'url', { elicitation: {} }, { elicitation: { url: {} } }],
      ['tools/call', 'later', { elicitation: {} }, { elicitation: { url: {} } }],
      ['tools/call', 'tools', { sampling: {} }, { sampling: { tools: {} } }],
      ['prompts/get', 'form', {}, { elicitation: {} }],
      ['prompts/get', 'roots', {}, { roots: {} }],
    ])('ends %s of %s with 400 -32021, to a client with %o', async (method, name, declared, required) => {
      const meta = { 'io.modelcontextprotocol/clientCapabilities': declared }
      const response = await handler.fetch(modern(method, { params: { name }, meta }))
      expect(response.status).toBe(400)
      expect((await response.json()).error).toMatchObject({
        code: -32021,
        data: { requiredCapabilities: required },
      })
    })

    it.each([
      'Client does not support exports: fill in the form elicitation page',
      'Client does not support form elicitation. That is what the upstream said',
    ])('takes no other failure for that (%s)', async (text) => {
      const proxy = serve((mcp) =>
        mcp.registerTool('proxy', {}, async () => ({ isError: true, content: [{ type: 'text', text }] })),
      )
      const { result } = await caller(proxy, { name: 'proxy' }, { capabilities: {} })()
      expect(result).toMatchObject({ isError: true, content: [{ text }] })
    })

    it('leaves a handler its own way out', async () => {
      const { result } = await caller(handler, { name: 'fallback' }, { capabilities: {} })()
      expect(result).toMatchObject(said('none: -32021'))
    })
  })
})

describe("the SDK's Server that keeps to capabilities by itself", () => {
  const handler = createMcpHandler(() => {
    const server = new Server(
      { name: 'strict', version: '1' },
      { capabilities: { prompts: {} }, enforceStrictCapabilities: true },
    )
    server.setRequestHandler(GetPromptRequestSchema, async ({ params }) => {
      if (params.name === 'roots') await server.listRoots()
      else if (params.name === 'sampling') await server.createMessage(sample('?'))
      else throw Object.assign(new Error(), { message: undefined })
      return { messages: [] }
    })
    return server
  }, options)

  it.each(['roots', 'sampling'])('has what it objects to refused (400 -32021, %s)', async (name) => {
    const response = await handler.fetch(modern('prompts/get', { params: { name } }))
    expect(response.status).toBe(400)
    expect((await response.json()).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { [name]: {} } },
    })
  })

  it('may fail for any other reason, or none', async () => {
    expect((await caller(handler, { name: 'none' }, { method: 'prompts/get' })()).error).toEqual({
      code: -32603,
      message: 'Internal error',
    })
  })
})

describe('a retry', () => {
  const elicit = (...messages: string[]) =>
    createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('ask', {}, async () =>
          said(await Promise.all(messages.map((message) => mcp.server.elicitInput(form(message))))),
        ),
      ),
      options,
    )
  const messagesOf = ({ inputRequests }: any) =>
    Object.values(inputRequests).map(({ params }: any) => params.message)
  const echo = ({ params }: any) => accept({ message: params.message })

  it('without answers is asked again', async () => {
    const call = caller(elicit('A'), { name: 'ask' })
    const first = (await call()).result
    for (const more of [{}, { requestState: first.requestState }, { inputResponses: {} }]) {
      const { result } = await call(more)
      expect(messagesOf(result)).toEqual(['A'])
    }
  })

  it('with some answers is asked for the others, and what nobody asked is ignored', async () => {
    const call = caller(elicit('A', 'B'), { name: 'ask' })
    const first = (await call()).result
    const [[a]] = Object.entries(first.inputRequests) as any
    const inputResponses = { [a]: accept({ message: 'A' }), other: 5 }
    const second = (await call({ inputResponses, requestState: first.requestState })).result
    expect(messagesOf(second)).toEqual(['B'])
    const third = await call({ inputResponses: answersTo(second, echo), requestState: second.requestState })
    expect(third.result).toMatchObject(said([accept({ message: 'A' }), accept({ message: 'B' })]))
  })

  it('whose handler asks something else gets the new question, and no answer to what came after', async () => {
    let messages = ['Account?', 'Confirm?']
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('ask', {}, async () => {
          const answers: unknown[] = []
          for (const message of messages)
            answers.push((await mcp.server.elicitInput(form(message))).content?.message)
          return said(answers)
        }),
      ),
      options,
    )
    const call = caller(handler, { name: 'ask' })
    const first = (await call()).result
    const second = (await call({ inputResponses: answersTo(first, echo), requestState: first.requestState }))
      .result
    expect(messagesOf(second)).toEqual(['Confirm?'])
    messages = ['Other account?', 'Confirm?', 'Last?']
    const third = (await call({ inputResponses: answersTo(second, echo), requestState: second.requestState }))
      .result
    expect(messagesOf(third)).toEqual(['Other account?'])
    const fourth = (await call({ inputResponses: answersTo(third, echo), requestState: third.requestState }))
      .result
    expect(messagesOf(fourth)).toEqual(['Confirm?'])
  })

  it('gives each asking of the same question its own answer', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('guess', {}, async () => {
          const guesses: unknown[] = []
          do guesses.push((await mcp.server.elicitInput(form('Guess'))).content?.n)
          while (guesses.at(-1) !== 3)
          return said(guesses)
        }),
      ),
      options,
    )
    const guesses = [1, 2, 3].map((n) => accept({ n }))
    const { client } = await connectClient(handler, { 'elicitation/create': guesses })
    expect(await client.callTool({ name: 'guess' })).toMatchObject(said([1, 2, 3]))
  })

  it.each([
    ['a list', []],
    ['null', null],
    ['a text', 'x'],
  ])('with inputResponses that are %s is refused (-32602)', async (_, inputResponses) => {
    expect((await caller(elicit('A'), { name: 'ask' })({ inputResponses })).error).toMatchObject({
      code: -32602,
      message: 'inputResponses is malformed',
    })
  })

  it.each([[12345], [null], [{ action: 'perhaps' }], [{ action: 'accept', content: { deep: { er: 1 } } }]])(
    'with an answer that is none is refused (-32602, %o)',
    async (answer) => {
      const call = caller(elicit('A'), { name: 'ask' })
      const { result } = await call()
      const inputResponses = answersTo(result, () => answer as object)
      expect((await call({ inputResponses, requestState: result.requestState })).error).toMatchObject({
        code: -32602,
        message: 'inputResponses["ask-1-1"] is malformed',
      })
    },
  )
})

describe('a round that ends', () => {
  it('rejects what the handler still waits for, so that it can let go of what it holds', async () => {
    const released = vi.fn()
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('hold', {}, async ({ signal }) => {
          try {
            return said(await mcp.server.elicitInput(form('?')))
          } catch (error) {
            released((error as Error).message, signal.aborted)
            throw error
          }
        }),
      ),
      options,
    )
    expect((await caller(handler, { name: 'hold' })()).result.resultType).toBe('input_required')
    await vi.waitFor(() => expect(released).toHaveBeenCalledWith(expect.stringMatching(/closed/), true))
  })

  it('does not come where the handler answers without waiting', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('race', {}, async () => {
          mcp.server.elicitInput(form('?')).catch(() => {})
          return said('done')
        }),
      ),
      options,
    )
    expect((await caller(handler, { name: 'race' })()).result).toMatchObject(said('done'))
  })

  it('comes at the end of a stream that has begun', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('late', {}, async ({ _meta, sendNotification }) => {
          const params = { progressToken: _meta!.progressToken!, progress: 1 }
          await sendNotification({ method: 'notifications/progress', params })
          return said(await mcp.server.elicitInput(form('?')))
        }),
      ),
      options,
    )
    const { client } = await connectClient(handler, { 'elicitation/create': [accept({ a: 1 })] })
    const onprogress = vi.fn()
    expect(await client.callTool({ name: 'late' }, { onprogress })).toMatchObject(said(accept({ a: 1 })))
    expect(onprogress).toHaveBeenCalledWith(expect.objectContaining({ progress: 1 }))
  })

  it('with a question that is no JSON is an error, masked and reported', async () => {
    const onerror = vi.fn()
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('big', {}, async () =>
          said(await mcp.server.elicitInput({ ...form('?'), big: 1n } as any)),
        ),
      ),
      { ...options, onerror },
    )
    expect((await caller(handler, { name: 'big' })()).error).toEqual({
      code: -32603,
      message: 'Internal error',
    })
    expect(onerror).toHaveBeenCalled()
  })

  it('is the last, once there were too many', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('random', {}, async () =>
          said(await mcp.server.elicitInput(form(crypto.randomUUID()))),
        ),
      ),
      { requestState: { keys, maxRounds: 2 } },
    )
    const call = caller(handler, { name: 'random' })
    let answer = await call()
    for (let round = 1; round <= 2; round++) {
      const { requestState } = answer.result
      answer = await call({ inputResponses: answersTo(answer.result, () => accept()), requestState })
    }
    expect(answer.error).toMatchObject({ code: -32603, message: 'The call took 2 rounds' })
  })
})

describe('a 2025-era client without a session', () => {
  it('is not asked: the handler is told at once', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) => mcp.registerTool('roots', {}, async () => said(await mcp.server.listRoots()))),
    )
    const { result } = await ask(handler, legacy('tools/call', { name: 'roots' }))
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/sessions/) }] })
  })
})
