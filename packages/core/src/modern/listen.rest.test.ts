import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler, type McpHttpHandler } from '../handler.ts'
import type { CreateMcpHandlerOptions } from '../options.ts'
import { ask, frames, messages, modern } from '../testing/requests.ts'

const ALL = {
  toolsListChanged: true,
  promptsListChanged: true,
  resourcesListChanged: true,
  resourceSubscriptions: ['a://1'],
}
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
}

const listening = (capabilities: object = CAPABILITIES, options?: CreateMcpHandlerOptions) =>
  createMcpHandler(() => new Server({ name: 'news', version: '1' }, { capabilities }), options)

const request = (notifications: unknown, id: unknown = 'sub', init?: RequestInit) =>
  modern('subscriptions/listen', { id, params: { notifications }, init: init ?? {} })

async function listen(handler: McpHttpHandler, notifications: unknown, id?: unknown, init?: RequestInit) {
  const response = await handler.fetch(request(notifications, id, init))
  const stream = frames(response)
  const next = async () => (await stream.next()).value
  return { response, stream, next, ack: await next() }
}

const subscriptionId = 'io.modelcontextprotocol/subscriptionId'

describe('subscriptions/listen', () => {
  it.each(['sub', 7])('acknowledges first, tagged with the id and its type (%j)', async (id) => {
    const { response, ack, stream } = await listen(listening(), ALL, id)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(ack).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: ALL, _meta: { [subscriptionId]: id } },
    })
    await stream.return(undefined)
  })

  it('sends what was asked for, tagged, in order', async () => {
    const handler = listening()
    const { next } = await listen(handler, ALL)
    handler.notify.toolsChanged()
    handler.notify.promptsChanged()
    handler.notify.resourcesChanged()
    handler.notify.resourceUpdated('a://2')
    handler.notify.resourceUpdated('a://1')
    const _meta = { [subscriptionId]: 'sub' }
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/tools/list_changed',
      params: { _meta },
    })
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/prompts/list_changed',
      params: { _meta },
    })
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/list_changed',
      params: { _meta },
    })
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      method: 'notifications/resources/updated',
      params: { uri: 'a://1', _meta },
    })
    await handler.close()
  })

  it('ends at once when the handler closes, whatever is drained', async () => {
    const handler = listening()
    const { next } = await listen(handler, ALL)
    void handler.close({ drainTimeoutMs: 60_000 })
    expect(await next()).toMatchObject({ result: { resultType: 'complete' } })
    await handler.close()
  })

  it('sends nothing else', async () => {
    const handler = listening()
    const { next } = await listen(handler, { promptsListChanged: true, toolsListChanged: false })
    handler.notify.toolsChanged()
    handler.notify.resourceUpdated('a://1')
    handler.notify.promptsChanged()
    expect(await next()).toMatchObject({ method: 'notifications/prompts/list_changed' })
    await handler.close()
  })

  it('honours only what the server declares', async () => {
    const { ack } = await listen(listening({ tools: { listChanged: true }, prompts: {}, resources: {} }), ALL)
    expect(ack.params.notifications).toEqual({ toolsListChanged: true })
  })

  it('ends with its final result where nothing is honoured', async () => {
    const response = await listening({}).fetch(request(ALL))
    expect(await messages(response)).toMatchObject([
      { params: { notifications: {} } },
      { id: 'sub', result: { resultType: 'complete', _meta: { [subscriptionId]: 'sub' } } },
    ])
  })

  it('keeps streams apart that have the same id', async () => {
    const handler = listening()
    const first = await listen(handler, { toolsListChanged: true }, 1)
    const second = await listen(handler, { promptsListChanged: true }, 1)
    handler.notify.promptsChanged()
    handler.notify.toolsChanged()
    expect(await first.next()).toMatchObject({ method: 'notifications/tools/list_changed' })
    expect(await second.next()).toMatchObject({ method: 'notifications/prompts/list_changed' })
    await handler.close()
  })

  it('closes the server that introduced itself, and keeps streaming', async () => {
    const closed = vi.fn()
    const handler = createMcpHandler(() => {
      const server = new Server({ name: 'news', version: '1' }, { capabilities: CAPABILITIES })
      server.onclose = closed
      return server
    })
    const { next } = await listen(handler, ALL)
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    handler.notify.toolsChanged()
    expect(await next()).toMatchObject({ method: 'notifications/tools/list_changed' })
    await handler.close()
  })

  it.each([
    ['no filter', undefined],
    ['a filter that is no object', []],
    ['a flag that is no boolean', { toolsListChanged: 'yes' }],
    ['URIs that are no array', { resourceSubscriptions: 'a://1' }],
    ['a URI that is no string', { resourceSubscriptions: [1] }],
  ])('answers -32602 to %s', async (_, notifications) => {
    expect((await ask(listening(), request(notifications))).error.code).toBe(-32602)
  })

  it('answers 406 to a client that takes no stream', async () => {
    const refused = modern('subscriptions/listen', {
      params: { notifications: ALL },
      headers: { accept: 'application/json' },
    })
    expect((await listening().fetch(refused)).status).toBe(406)
  })

  it('streams whatever the response mode', async () => {
    const response = await listening(CAPABILITIES, { responseMode: 'json' }).fetch(request(ALL))
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await response.body!.cancel()
  })
})

describe('maxSubscriptions', () => {
  it('refuses one more in band, until one leaves', async () => {
    const handler = listening(CAPABILITIES, { maxSubscriptions: 1 })
    const { stream } = await listen(handler, ALL)
    expect((await ask(handler, request(ALL))).error).toEqual({
      code: -32603,
      message: 'Subscription limit reached',
    })
    await stream.return(undefined)
    const again = await handler.fetch(request(ALL))
    expect(again.headers.get('content-type')).toBe('text/event-stream')
    await handler.close()
  })

  it('of 0 refuses all', async () => {
    expect((await ask(listening(CAPABILITIES, { maxSubscriptions: 0 }), request(ALL))).error.code).toBe(
      -32603,
    )
  })
})

describe('maxSubscriptionsPerCaller', () => {
  const caller = (sub: string, token = sub, clientId = 'app') => ({
    authInfo: { token, clientId, scopes: [], extra: { sub } },
  })
  const at = (clientAddress: string) => ({ clientAddress })

  it.each([
    ['an identity, under any token', caller('ann'), caller('ann', 'another'), caller('bob')],
    ['an address', at('192.0.2.1'), at('::ffff:192.0.2.1'), at('192.0.2.2')],
    ['the /64 of an IPv6 address', at('2001:db8::1'), at('2001:0DB8:0:0:9:9:9:9'), at('2001:db8:0:1::1')],
    ['a zone', at('fe80::1%eth0'), at('fe80::2%eth1'), at('fe80:0:0:1::1')],
  ])('counts %s, and leaves others theirs', async (_, one, same, other) => {
    const handler = listening(CAPABILITIES, { maxSubscriptionsPerCaller: 1 })
    const first = await handler.fetch(request(ALL), one)
    expect((await ask(handler, request(ALL), same)).error).toEqual({
      code: -32603,
      message: 'Subscription limit of this caller reached',
    })
    const others = await handler.fetch(request(ALL), other)
    expect(others.headers.get('content-type')).toBe('text/event-stream')
    await first.body!.cancel()
    const again = await handler.fetch(request(ALL), same)
    expect(again.headers.get('content-type')).toBe('text/event-stream')
    await handler.close()
  })

  it.each([
    ['under any client', (count: number) => caller('eve', `t${count}`, `client-${count}`), 20],
    ['from any network of a /48', (count: number) => at(`2001:db8:1:${count.toString(16)}::1`), 40],
  ])('bounds one who comes %s', async (_, comer, most) => {
    const handler = listening(CAPABILITIES, { maxSubscriptions: 80 })
    const typeOf = async (who: object) => (await handler.fetch(request(ALL), who)).headers.get('content-type')
    const types = await Promise.all(Array.from({ length: 100 }, (_, count) => typeOf(comer(count))))
    expect(types.filter((type) => type === 'text/event-stream')).toHaveLength(most)
    for (const other of [caller('ann'), at('2001:db8:2::1')]) {
      expect(await typeOf(other)).toBe('text/event-stream')
    }
    await handler.close()
  })

  it('is a quarter of maxSubscriptions, so that one caller never has all', async () => {
    const handler = listening(CAPABILITIES, { maxSubscriptions: 80 })
    const statuses = await Promise.all(
      Array.from({ length: 21 }, () => handler.fetch(request(ALL), at('192.0.2.1'))),
    )
    const types = statuses.map(({ headers }) => headers.get('content-type'))
    expect(types.filter((type) => type === 'text/event-stream')).toHaveLength(20)
    await handler.close()
  })

  it('does not count those of whom nothing is known', async () => {
    const handler = listening(CAPABILITIES, { maxSubscriptionsPerCaller: 1 })
    for (const _ of [1, 2]) {
      expect((await handler.fetch(request(ALL))).headers.get('content-type')).toBe('text/event-stream')
    }
    await handler.close()
  })
})

describe('resourceSubscriptions', () => {
  const uris = (count: number, length = 8) =>
    Array.from({ length: count }, (_, index) => `a://${index}`.padEnd(length, 'x'))

  it.each([
    ['many URIs', uris(1001)],
    ['the same URI too often', uris(1001).fill('a://1')],
    ['so many URIs that a call cannot spread them', Array.from({ length: 450_000 }, String)],
    ['a long URI', uris(1, 2049)],
    ['long URIs', uris(40, 2000)],
    ['long URIs in bytes', uris(20).map((uri) => uri + '\u20ac'.repeat(1500))],
  ])('refuses %s', async (_, resourceSubscriptions) => {
    const handler = listening(CAPABILITIES, {
      maxToolInputElements: Number.POSITIVE_INFINITY,
      maxRequestBodySize: 2 ** 23,
    })
    const { error } = await ask(handler, request({ resourceSubscriptions }))
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining('resourceSubscriptions') })
    expect((handler.bus as unknown as { listenerCount: number }).listenerCount).toBe(0)
  })

  it('takes 1,000 of them', async () => {
    const { ack, stream } = await listen(listening(), { resourceSubscriptions: uris(1000) })
    expect(ack.params.notifications.resourceSubscriptions).toHaveLength(1000)
    await stream.return(undefined)
  })
})

describe('a listener that goes', () => {
  it('by aborting leaves nothing on the bus', async () => {
    const handler = listening()
    const client = new AbortController()
    const bus = handler.bus as unknown as { listenerCount: number }
    const { stream } = await listen(handler, ALL, 1, { signal: client.signal })
    expect(bus.listenerCount).toBe(1)
    client.abort()
    expect(bus.listenerCount).toBe(0)
    expect((await stream.next()).done).toBe(true)
    handler.notify.toolsChanged()
  })

  it('with close() gets its final result', async () => {
    const handler = listening()
    const { next, stream } = await listen(handler, ALL)
    await handler.close()
    expect(await next()).toEqual({
      jsonrpc: '2.0',
      id: 'sub',
      result: {
        resultType: 'complete',
        _meta: {
          [subscriptionId]: 'sub',
          'io.modelcontextprotocol/serverInfo': { name: 'news', version: '1' },
        },
      },
    })
    expect((await stream.next()).done).toBe(true)
  })

  it('that opens while the handler closes is refused or ended', async () => {
    for (let turns = 0; turns < 40; turns++) {
      const handler = listening()
      const answer = handler.fetch(request(ALL))
      for (let turn = 0; turn < turns; turn++) await undefined
      await handler.close()
      const response = await answer
      if (response.status === 200)
        expect((await messages(response)).at(-1)).toMatchObject({ id: 'sub', result: {} })
      else expect(response.status).toBe(503)
    }
  })

  it('for not reading is ended with its final result, and reported', async () => {
    const onerror = vi.fn()
    const handler = listening(CAPABILITIES, { onerror })
    const response = await handler.fetch(request(ALL))
    for (let change = 0; change < 2000; change++) handler.notify.toolsChanged()
    const all = await messages(response)
    expect(all.length).toBeLessThan(1100)
    expect(all.at(-1)).toMatchObject({ id: 'sub', result: { resultType: 'complete' } })
    expect(onerror).toHaveBeenCalledTimes(1)
  })

  it('for not reading is no reason to end those who asked for something else', async () => {
    const onerror = vi.fn()
    const handler = listening(CAPABILITIES, { onerror })
    const other = await listen(handler, { resourceSubscriptions: ['a://2'] })
    await handler.fetch(request(ALL))
    for (let change = 0; change < 2000; change++) handler.notify.resourceUpdated('a://1')
    handler.notify.resourceUpdated('a://2')
    expect(await other.next()).toMatchObject({ params: { uri: 'a://2' } })
    expect(onerror).toHaveBeenCalledTimes(1)
    await handler.close()
  })

  it('shares one timer with all the others', async () => {
    vi.useFakeTimers()
    try {
      const handler = listening(CAPABILITIES, { keepAliveMs: 1000 })
      const streams = await Promise.all([1, 2, 3].map((id) => listen(handler, ALL, id)))
      await vi.advanceTimersByTimeAsync(0)
      expect(vi.getTimerCount()).toBe(1)
      await streams[0]!.stream.return(undefined)
      await vi.advanceTimersByTimeAsync(1000)
      expect(await streams[1]!.next()).toBe(': keep-alive')
      expect(await streams[2]!.next()).toBe(': keep-alive')
      await handler.close()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('is kept alive meanwhile', async () => {
    vi.useFakeTimers()
    try {
      const handler = listening(CAPABILITIES, { keepAliveMs: 1000 })
      const { next } = await listen(handler, ALL)
      await vi.advanceTimersByTimeAsync(1000)
      expect(await next()).toBe(': keep-alive')
      await handler.close()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('the bus', () => {
  it('delivers to the others when one listener throws, and reports it', () => {
    const onerror = vi.fn()
    const { bus, notify } = listening(CAPABILITIES, { onerror })
    const heard = vi.fn()
    bus.subscribe(() => {
      throw 'boom'
    })
    const unsubscribe = bus.subscribe(heard)
    notify.toolsChanged()
    expect(heard).toHaveBeenCalledTimes(1)
    expect(onerror).toHaveBeenCalledWith(new Error('boom'))
    unsubscribe()
    unsubscribe()
    notify.toolsChanged()
    expect(heard).toHaveBeenCalledTimes(1)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('gone')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('gone')
      },
    ],
  ])(
    'that cannot be left keeps no client and no close() from leaving, and is reported: it %s',
    async (_, stop) => {
      const onerror = vi.fn()
      const bus = { publish: () => {}, subscribe: () => stop as () => void }
      const handler = listening(CAPABILITIES, { bus, onerror, maxSubscriptions: 1 })
      for (let round = 1; round <= 2; round++) {
        const { stream } = await listen(handler, { toolsListChanged: true })
        await stream.return(undefined)
        expect(onerror.mock.calls).toEqual(Array.from({ length: round }, () => [new Error('gone')]))
      }
      await listen(handler, { toolsListChanged: true })
      await handler.close()
      expect(onerror).toHaveBeenCalledTimes(3)
    },
  )

  it('that cannot be listened to fails the request, and takes no place', async () => {
    const bus = {
      publish: () => {},
      subscribe: (): (() => void) => {
        throw new Error('bus down')
      },
    }
    const handler = listening(CAPABILITIES, { bus, onerror: () => {}, maxSubscriptions: 1 })
    for (let time = 0; time < 2; time++) {
      const response = await handler.fetch(request({ toolsListChanged: true }))
      expect([response.status, (await response.json()).error.message]).toEqual([500, 'Internal error'])
    }
    await handler.close()
  })

  it('may be shared, so that one handler announces to the clients of another', async () => {
    const first = listening()
    const second = listening(CAPABILITIES, { bus: first.bus })
    const { next } = await listen(second, ALL)
    first.notify.promptsChanged()
    expect(await next()).toMatchObject({ method: 'notifications/prompts/list_changed' })
    await second.close()
  })
})
