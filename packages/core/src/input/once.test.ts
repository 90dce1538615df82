import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import { accept, answersTo, caller, connectClient } from '../testing/client.ts'
import { ask, deferred, legacy } from '../testing/requests.ts'
import { CLASSES, factoryOf } from '../testing/server.ts'
import { inputRequired } from './input-required.ts'
import { once } from './once.ts'
import { inputResponses, requestState } from './request-context.ts'

const options = { requestState: { keys: ['k'.repeat(32)] } }
const form = (message: string) => ({ message, requestedSchema: { type: 'object' as const, properties: {} } })
const said = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

describe.each(CLASSES)('once, with %s', (_, Class) => {
  const serve = (register: Parameters<typeof factoryOf>[0]) =>
    createMcpHandler(factoryOf(register, Class), options)
  const answers = { 'elicitation/create': () => accept({}) }

  it('does its work in one round, and knows its result in all that follow', async () => {
    const charge = vi.fn(() => ({ receipt: 'R-1', at: new Date(0) }))
    const note = vi.fn(() => {})
    const seen: unknown[] = []
    const handler = serve((mcp) =>
      mcp.registerTool('pay', {}, async (extra) => {
        await mcp.server.elicitInput(form('Pay?'))
        seen.push(await once(extra, 'charge', charge), await once(extra, 'note', note))
        await mcp.server.elicitInput(form('Receipt?'))
        await mcp.server.elicitInput(form('Happy?'))
        return said('paid')
      }),
    )
    const { client } = await connectClient(handler, answers)
    expect(await client.callTool({ name: 'pay' })).toMatchObject(said('paid'))
    expect(charge).toHaveBeenCalledTimes(1)
    expect(note).toHaveBeenCalledTimes(1)
    const result = { receipt: 'R-1', at: '1970-01-01T00:00:00.000Z' }
    expect(seen).toEqual([result, undefined, result, undefined, result, undefined])
  })

  it('lets a round end only after the work that runs beside it', async () => {
    const work = deferred<number>()
    const start = vi.fn(() => work.promise)
    const handler = serve((mcp) =>
      mcp.registerTool('both', {}, async (extra) => {
        const asked = mcp.server.elicitInput(form('?'))
        const [, result] = await Promise.all([asked, once(extra, 'work', start)])
        return said(result)
      }),
    )
    const { client } = await connectClient(handler, answers)
    const result = client.callTool({ name: 'both' })
    await vi.waitFor(() => expect(start).toHaveBeenCalled())
    work.resolve(7)
    expect(await result).toMatchObject(said(7))
    expect(start).toHaveBeenCalledTimes(1)
  })

  it('lets a round that is returned end after the work that follows on the work beside it', async () => {
    const runs = { first: 0, second: 0 }
    const run = async (which: keyof typeof runs) => {
      runs[which]++
      await new Promise(setImmediate)
      return runs[which]
    }
    const handler = serve((mcp) =>
      mcp.registerTool('both', {}, async (extra) => {
        const both = once(extra, 'first', () => run('first')).then(() =>
          once(extra, 'second', () => run('second')),
        )
        if (!inputResponses(extra)) {
          return inputRequired({ inputRequests: { sure: inputRequired.elicit(form('?')) } })
        }
        return said(await both)
      }),
    )
    const { client } = await connectClient(handler, answers)
    expect(await client.callTool({ name: 'both' })).toMatchObject(said(1))
    expect(runs).toEqual({ first: 1, second: 1 })
  })

  it('begins nothing once the round is over', async () => {
    const late = deferred<unknown>()
    const work = vi.fn()
    const handler = serve((mcp) =>
      mcp.registerTool('late', {}, async (extra) => {
        await mcp.server.elicitInput(form('?')).catch(() => {})
        await once(extra, 'work', work).catch(late.resolve)
        return said('done')
      }),
    )
    await caller(handler, { name: 'late' })()
    expect(await late.promise).toMatchObject({ message: expect.stringContaining('round is over') })
    expect(work).not.toHaveBeenCalled()
  })

  it('does nothing that asks the client, and says so at once', async () => {
    const handler = serve((mcp) =>
      mcp.registerTool('inside', {}, async (extra) =>
        said(await once(extra, 'name', async () => (await mcp.server.elicitInput(form('Name?'))).content)),
      ),
    )
    expect((await caller(handler, { name: 'inside' })()).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('must not ask') }],
    })
  })

  it('does not hold up a handler that is closed', async () => {
    const start = vi.fn(() => new Promise(() => {}))
    const handler = serve((mcp) =>
      mcp.registerTool('both', {}, async (extra) =>
        said(await Promise.all([mcp.server.elicitInput(form('?')), once(extra, 'work', start)])),
      ),
    )
    const answer = caller(handler, { name: 'both' })()
    await vi.waitFor(() => expect(start).toHaveBeenCalled())
    await handler.close()
    expect((await answer).error).toMatchObject({ code: -32603, message: 'The handler is closed' })
  })

  it('keeps no failure', async () => {
    const fail = vi.fn().mockRejectedValueOnce(new Error('declined')).mockResolvedValue('paid')
    const handler = serve((mcp) =>
      mcp.registerTool('retry', {}, async (extra) => {
        const first = await once(extra, 'work', fail).catch(({ message }) => message)
        return said([first, await once(extra, 'work', fail)])
      }),
    )
    expect((await caller(handler, { name: 'retry' })()).result).toMatchObject(said(['declined', 'paid']))
  })

  it('is once a call, whatever asks for it and in whichever era', async () => {
    let count = 0
    const handler = serve((mcp) =>
      mcp.registerTool('count', {}, async (extra) => {
        const next = () => once(extra, 'count', () => ++count)
        return said([...(await Promise.all([next(), next()])), await next()])
      }),
    )
    expect((await caller(handler, { name: 'count' })()).result).toMatchObject(said([1, 1, 1]))
    expect((await ask(handler, legacy('tools/call', { name: 'count' }))).result).toMatchObject(
      said([2, 2, 2]),
    )
    const batch = [1, 2].map((id) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'count' },
    }))
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(batch),
    })
    const texts = (await ask(handler, request)).map(({ result }: any) => result.content[0].text)
    expect(texts.sort()).toEqual(['[3,3,3]', '[4,4,4]'])
  })
})

describe.each(CLASSES)('the idempotency key, with %s', (_, Class) => {
  const keysOf = (asks: 'await' | 'return', requestState: object = options.requestState) => {
    const keys: string[] = []
    const note = (key: string) => void keys.push(key)
    const handler = createMcpHandler(
      factoryOf((mcp) => {
        mcp.registerTool('pay', {}, async (extra) => {
          if (asks === 'await') await mcp.server.elicitInput(form('Pay?'))
          else if (!inputResponses(extra)) {
            return inputRequired({ inputRequests: { sure: inputRequired.elicit(form('Pay?')) } })
          }
          await once(extra, 'charge', note)
          return said('paid')
        })
        mcp.registerTool('first', {}, async (extra) => {
          await once(extra, 'charge', note)
          await once(extra, 'note', note)
          await mcp.server.elicitInput(form('Receipt?'))
          await once(extra, 'send', note)
          return said('paid')
        })
      }, Class),
      { requestState } as object,
    )
    return { handler, keys }
  }
  const answer = async (call: ReturnType<typeof caller>) => {
    const { result } = await call()
    return { requestState: result.requestState, inputResponses: answersTo(result, () => accept({})) }
  }

  it.each(['await', 'return'] as const)(
    'is the same in all replays of an answered round, at once and later (%s)',
    async (asks) => {
      const { handler, keys } = keysOf(asks)
      const call = caller(handler, { name: 'pay' })
      const retry = await answer(call)
      await Promise.all([1, 2, 3, 4, 5].map(() => call(retry)))
      expect((await call(retry)).result).toMatchObject(said('paid'))
      expect(keys).toHaveLength(6)
      expect(new Set(keys)).toEqual(new Set([expect.stringMatching(/^[0-9a-f]{64}$/)]))
    },
  )

  it('is another one in another call, though everything in it is the same', async () => {
    const { handler, keys } = keysOf('await')
    for (const _ of [1, 2]) {
      const call = caller(handler, { name: 'pay' })
      await call(await answer(call))
    }
    expect(new Set(keys).size).toBe(2)
  })

  it('is another one for other work of the call, before and after a question', async () => {
    const { handler, keys } = keysOf('await')
    const call = caller(handler, { name: 'first' })
    const retry = await answer(call)
    await call(retry)
    await call(retry)
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(3)
    expect(keys[2]).toBe(keys[3])
  })

  it('is the same for every process that has the key', async () => {
    const [one, other] = [keysOf('return'), keysOf('return')]
    const retry = await answer(caller(one.handler, { name: 'pay' }))
    await caller(one.handler, { name: 'pay' })(retry)
    await caller(other.handler, { name: 'pay' })(retry)
    expect(one.keys).toEqual(other.keys)
  })

  it('is another one for each request of the 2025 era without a session', async () => {
    const { handler, keys } = keysOf('await')
    for (const _ of [1, 2]) await ask(handler, legacy('tools/call', { name: 'first' }))
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(4)
  })

  it('is refused, with the work, where nothing would tell a replay', async () => {
    const { handler, keys } = keysOf('return')
    const call = caller(handler, { name: 'pay' })
    const { inputResponses } = await answer(call)
    const { result } = await call({ inputResponses })
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('requestState.keys') }],
    })
    expect(keys).toEqual([])
  })

  it('asks for no state where the handler has no keys, nor anything to carry', async () => {
    const { handler } = keysOf('return', {})
    const { result } = await caller(handler, { name: 'pay' })()
    expect(result).not.toHaveProperty('requestState')
  })
})

describe('once, given anything but what Portico calls a handler with', () => {
  const { signal } = new AbortController()
  const work = vi.fn()

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a text', 'extra'],
    ['arguments', { amount: 20, currency: 'EUR' }],
    ['arguments that are named like it', { requestId: 'r-1' }],
    ['an extra that another host made', { requestId: 1, signal }],
    ['a ctx that another host made', { mcpReq: { id: 1, signal }, http: { req: new Request('http://x') } }],
    ['a requestInfo of another host', { requestId: 1, signal, requestInfo: { headers: {} } }],
  ])('throws at once: %s', (_, given) => {
    expect(() => once(given as never, 'charge', work)).toThrow(TypeError)
    expect(() => once(given as never, 'charge', work)).toThrow(/^once: extra must/)
    expect(work).not.toHaveBeenCalled()
  })

  it("tells of the names alone, since the values may be a client's", () => {
    expect(() => once({ card: '4242' } as never, 'charge', work)).toThrow(/got an object with card\)/)
  })

  it('does nothing in a tool that hands on its arguments', async () => {
    const handler = createMcpHandler(
      factoryOf((mcp) =>
        mcp.registerTool('pay', { inputSchema: { sum: z.number() } }, async (args) => {
          // @ts-expect-error arguments are no extra
          await once(args, 'charge', work)
          return said('paid')
        }),
      ),
      options,
    )
    const { result } = await caller(handler, { name: 'pay', arguments: { sum: 1 } })()
    expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('extra') }] })
    expect(work).not.toHaveBeenCalled()
  })

  it('is not taken by inputResponses and requestState either', () => {
    for (const read of [inputResponses, requestState]) {
      expect(() => read({ sum: 1 } as never)).toThrow(TypeError)
      expect(read({ requestId: 1, signal })).toBeUndefined()
    }
  })
})
