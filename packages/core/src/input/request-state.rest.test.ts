import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { ALL_CAPABILITIES, accept, answersTo, caller } from '../testing/client.ts'
import { json, modern } from '../testing/requests.ts'
import { factoryOf } from '../testing/server.ts'

const secret = (character: string) => character.repeat(32)
const question = { message: 'Sure?', requestedSchema: { type: 'object' as const, properties: {} } }
const long = { message: 'x'.repeat(2000), requestedSchema: question.requestedSchema }

const factory = factoryOf((mcp) => {
  for (const name of ['pay', 'pay-more']) {
    mcp.registerTool(
      name,
      { inputSchema: { to: z.string().optional(), sum: z.object({}).loose() } },
      async () => {
        const { action } = await mcp.server.elicitInput(question)
        return { content: [{ type: 'text', text: `paid: ${action}` }] }
      },
    )
  }
  mcp.registerPrompt('pay', {}, async () => {
    await mcp.server.elicitInput(question)
    return { messages: [] }
  })
  mcp.registerTool('long', {}, async () => {
    const { content } = await mcp.server.elicitInput(question)
    await mcp.server.elicitInput(long)
    return { content: [{ type: 'text', text: JSON.stringify(content) }] }
  })
})
const serve = (requestState: CreateMcpHandlerOptions['requestState'] = { keys: [secret('a')] }) =>
  createMcpHandler(factory, { requestState })

const PAY = { name: 'pay', arguments: { to: 'ann', sum: { value: 5, currency: 'EUR' } } }

/** Calls, and gives what the retry of a willing client adds. */
async function ask(
  call: ReturnType<typeof caller>,
): Promise<{ requestState: string; inputResponses: object }> {
  const { result } = await call()
  expect(result.resultType).toBe('input_required')
  return { requestState: result.requestState, inputResponses: answersTo(result, () => accept({})) }
}

const paid = { result: { content: [{ text: 'paid: accept' }] } }
const refusedFor = (why: string) => ({
  error: {
    code: -32602,
    message: expect.stringContaining(why),
    data: { reason: 'invalid_request_state' },
  },
})

describe('requestState', () => {
  it('lets any process that has the key go on with a call, however the arguments are ordered', async () => {
    const retry = await ask(caller(serve(), PAY))
    const sameThing = { name: 'pay', arguments: { sum: { currency: 'EUR', value: 5 }, to: 'ann' } }
    expect(await caller(serve(), sameThing)(retry)).toMatchObject(paid)
  })

  it('that is forged has nothing computed from the arguments', async () => {
    const handler = serve()
    const retry = await ask(caller(handler, PAY))
    const digest = vi.spyOn(crypto.subtle, 'digest')
    const many = { name: 'pay', arguments: { sum: Object.fromEntries(Array(5000).fill(0).entries()) } }
    for (const requestState of ['forged', `${retry.requestState}x`, 'e.e.e.e.e']) {
      expect(await caller(handler, many)({ ...retry, requestState })).toMatchObject(refusedFor('not of this'))
    }
    expect(digest).not.toHaveBeenCalled()
    // which it would see
    expect(await caller(handler, many)(retry)).toMatchObject(refusedFor('another request'))
    expect(digest).toHaveBeenCalled()
    digest.mockRestore()
  })

  it('says nothing to whoever has no key', async () => {
    const { requestState } = await ask(caller(serve(), PAY))
    const [header] = requestState.split('.')
    expect(JSON.parse(atob(header!))).toEqual({ alg: 'dir', enc: 'A256GCM', typ: 'portico-request-state' })
  })

  it('is opened by older keys, and sealed by the first', async () => {
    const old = await ask(caller(serve({ keys: [secret('o')] }), PAY))
    const rotated = serve({ keys: [secret('n'), new TextEncoder().encode(secret('o'))] })
    expect(await caller(rotated, PAY)(old)).toMatchObject(paid)
    const fresh = await ask(caller(rotated, PAY))
    expect(await caller(serve({ keys: [secret('n')] }), PAY)(fresh)).toMatchObject(paid)
    expect(await caller(serve({ keys: [secret('o')] }), PAY)(fresh)).toMatchObject(refusedFor('not of this'))
  })

  it.each([
    ['changed at its end', (state: string) => `${state}-TAMPERED`],
    ['changed within', (state: string) => state.replace(/\.(\w)/g, (_, c) => `.${c === 'A' ? 'B' : 'A'}`)],
    ['another token', () => 'eyJhbGciOiJub25lIn0.e30.'],
    ['a text', () => 'x'],
    ['empty', () => ''],
    ['no text', () => 5],
    ['null', () => null],
    ['an object', () => ({})],
    ['longer than any', () => 'x'.repeat(300_000)],
  ])('that is %s is refused', async (_, change) => {
    const onerror = vi.fn()
    const handler = createMcpHandler(factory, { requestState: { keys: [secret('a')] }, onerror })
    const call = caller(handler, PAY)
    const { requestState, inputResponses } = await ask(call)
    expect(await call({ inputResponses, requestState: change(requestState) })).toMatchObject(refusedFor(''))
    expect(onerror).toHaveBeenCalledWith(expect.objectContaining({ reason: 'invalid-request-state' }))
  })

  it.each([
    ['other arguments', { ...PAY, arguments: { ...PAY.arguments, to: 'bob' } }, undefined],
    ['another tool', { ...PAY, name: 'pay-more' }, undefined],
    ['another method', PAY, 'prompts/get'],
  ])('is refused with %s', async (_, params, method) => {
    const retry = await ask(caller(serve(), PAY))
    expect(await caller(serve(), params, { method })(retry)).toMatchObject(refusedFor('another request'))
  })

  it('is refused with a number that JSON cannot say again', async () => {
    const pay = { name: 'pay', arguments: { sum: { value: null } } }
    const retry = await ask(caller(serve(), pay))
    const request = modern('tools/call', {
      params: { name: 'pay', arguments: { sum: { value: 'much' } }, ...retry },
      meta: { 'io.modelcontextprotocol/clientCapabilities': ALL_CAPABILITIES },
    })
    const body = (await request.text()).replace('"much"', '1e400')
    const { url, method, headers } = request
    expect(await json(serve().fetch(new Request(url, { method, headers, body })))).toMatchObject(
      refusedFor('another request'),
    )
  })

  it('is refused of another caller, and taken of the same with a new token', async () => {
    const ann = { token: '1', clientId: 'app', scopes: [], extra: { claims: { iss: 'i', sub: 'ann' } } }
    const retry = await ask(caller(serve(), PAY, { authInfo: ann }))
    const again = (authInfo: object | undefined) => caller(serve(), PAY, { authInfo })(retry)
    expect(await again({ ...ann, token: '2', scopes: ['more'] })).toMatchObject(paid)
    for (const other of [
      undefined,
      { ...ann, extra: { claims: { iss: 'i', sub: 'bob' } } },
      { ...ann, extra: { claims: { iss: 'j', sub: 'ann' } } },
      { ...ann, extra: undefined },
      { ...ann, clientId: 'other' },
    ]) {
      expect(await again(other)).toMatchObject(refusedFor('another caller'))
    }
  })

  it('expires', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const call = caller(serve({ keys: [secret('a')], ttlMs: 60_000 }), PAY)
    const retry = await ask(call)
    vi.setSystemTime(Date.now() + 59_000)
    expect(await call(retry)).toMatchObject(paid)
    vi.setSystemTime(Date.now() + 2_000)
    expect(await call(retry)).toMatchObject(refusedFor('expired'))
  })

  it('is bounded', async () => {
    const call = caller(serve({ keys: [secret('a')], maxBytes: 1200 }), { name: 'long' })
    const { requestState, inputResponses } = await ask(call)
    const [key] = Object.keys(inputResponses)
    const answer = { [key!]: accept({ text: 'y'.repeat(2000) }) }
    expect((await call({ requestState, inputResponses: answer })).error).toMatchObject({
      code: -32603,
      message: 'What the call carries is larger than 1200 bytes',
    })
  })

  it('cannot carry ten thousand questions', async () => {
    const curious = factoryOf((mcp) =>
      mcp.registerTool('curious', {}, async () => {
        await Promise.all(Array.from({ length: 10_000 }, () => mcp.server.elicitInput(question)))
        return { content: [] }
      }),
    )
    const handler = createMcpHandler(curious, { requestState: { keys: [secret('a')] } })
    expect((await caller(handler, { name: 'curious' })()).error).toMatchObject({
      code: -32603,
      message: 'What the call carries is larger than 262144 bytes',
    })
  })

  it('means nothing where nothing may ask', async () => {
    expect(await caller(serve(), { requestState: 5 }, { method: 'tools/list' })()).toMatchObject({
      result: { tools: {} },
    })
  })

  describe('without keys', () => {
    const warn = vi.spyOn(console, 'warn')
    beforeEach(() => void warn.mockReset().mockImplementation(() => {}))
    afterEach(() => void warn.mockReset())

    it('is for this handler alone, of which one warning tells', async () => {
      const handler = serve({})
      expect(warn).not.toHaveBeenCalled()
      const retry = await ask(caller(handler, PAY))
      expect(await caller(handler, PAY)(retry)).toMatchObject(paid)
      await ask(caller(handler, PAY))
      expect(warn.mock.calls).toEqual([[expect.stringContaining('requestState.keys')]])
      expect(await caller(serve({}), PAY)(retry)).toMatchObject(refusedFor('not of this server'))
    })
  })

  afterEach(() => void vi.useRealTimers())
})
