import { beforeAll, describe, expect, it } from 'vitest'
import { withTelemetry } from './index.ts'
import { collect, unregister } from './testing/collect.ts'
import { call, createTools, post } from './testing/requests.ts'

interface Passed {
  request: Request
  parsedBody: unknown
}

/** A handler that keeps what it gets. */
function keeper(): { passed: Passed[]; handler: ReturnType<typeof withTelemetry> } {
  const passed: Passed[] = []
  const fetch = async (request: Request, { parsedBody }: { parsedBody?: unknown } = {}) => {
    passed.push({ request, parsedBody })
    return new Response(null, { status: 202 })
  }
  return { passed, handler: withTelemetry({ fetch }) }
}

describe('what is handed on', () => {
  beforeAll(unregister)

  it('is the request itself, unread, until an SDK is registered; other members stay', async () => {
    const { passed, handler } = keeper()
    const early = post(call('work'))
    await handler.fetch(early)
    expect(passed[0]!.request).toBe(early)
    expect(passed[0]!.request.bodyUsed).toBe(false)
    const inner = createTools()
    const observed = withTelemetry(inner)
    expect([observed.bus, observed.notify]).toEqual([inner.bus, inner.notify])

    const collected = collect()
    await handler.fetch(post(call('work')))
    expect(passed[1]!.parsedBody).toEqual(call('work'))
    expect(await passed[1]!.request.json()).toEqual(call('work'))
    expect(collected.spans()).toHaveLength(1)
  })

  it('is what was parsed already, without reading', async () => {
    const { passed, handler } = keeper()
    const request = post(call('work'))
    await handler.fetch(request, { parsedBody: call('work') })
    expect(passed[0]!.request).toBe(request)
    expect(request.bodyUsed).toBe(false)
  })

  it('is every byte of a body that is too large to look at, or no JSON', async () => {
    const passed: string[] = []
    const { fetch } = withTelemetry(
      {
        fetch: async (request: Request, { parsedBody }: { parsedBody?: unknown } = {}) => {
          expect(parsedBody).toBeUndefined()
          passed.push(await request.text())
          return new Response(null, { status: 202 })
        },
      },
      { maxRequestBodySize: 100 },
    )
    const large = JSON.stringify(call('work', { text: 'x'.repeat(1000) }))
    const inPieces = new ReadableStream({
      start(controller) {
        for (const piece of large.match(/.{1,40}/g)!) controller.enqueue(new TextEncoder().encode(piece))
        controller.close()
      },
    })
    await fetch(post(large, { 'content-length': String(large.length) }))
    await fetch(post('', {}, { body: inPieces, duplex: 'half' } as RequestInit))
    await fetch(post('{"half'))
    expect(passed).toEqual([large, large, '{"half'])
  })

  it('breaks where the body broke', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"jsonrpc"'))
      },
      pull: (controller) => controller.error(new Error('the client left')),
    })
    const read = (request: Request) =>
      request.text().then(
        () => 'whole',
        () => 'broken',
      )
    const { fetch } = withTelemetry({ fetch: async (request: Request) => new Response(await read(request)) })
    const response = await fetch(post('', {}, { body, duplex: 'half' } as RequestInit))
    expect(await response.text()).toBe('broken')
  })

  it('is an abort, to the handler as it was', async () => {
    const leaving = new AbortController()
    const { passed, handler } = keeper()
    await handler.fetch(post(call('work'), {}, { signal: leaving.signal }))
    leaving.abort()
    expect(passed[0]!.request.signal.aborted).toBe(true)
  })
})
