import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import { once } from './once.ts'
import { accept, caller, connectClient } from './testing/client.ts'
import { ask, deferred, legacy } from './testing/requests.ts'
import { CLASSES, factoryOf } from './testing/server.ts'

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

describe('once, outside of a handler of Portico', () => {
  it('is once for what the handler was called with', async () => {
    const extra = { requestId: 1, signal: new AbortController().signal }
    const work = vi.fn(() => 1)
    expect(await once(extra, 'a', work)).toBe(1)
    expect(await once(extra, 'a', work)).toBe(1)
    expect(await once({}, 'a', work)).toBe(1)
    expect(work).toHaveBeenCalledTimes(2)
  })
})
