import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpHandler } from './handler.ts'
import type { CreateMcpHandlerOptions } from './options.ts'
import { McpServer } from './server/fast/mcp-server.ts'
import { ENVELOPE, legacy, modern, post } from './testing/requests.ts'

const CLASSES: [string, typeof SdkMcpServer][] = [
  ["Portico's McpServer", McpServer],
  ["the SDK's McpServer", SdkMcpServer],
]

const notification = (method = 'acme/ping', params: object = {}) => ({ jsonrpc: '2.0', method, params })

const NOTIFICATIONS: [string, () => Request][] = [
  ['2025-era', () => post(notification())],
  [
    '2026-07-28',
    () =>
      post(notification('acme/ping', { _meta: ENVELOPE }), {
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'acme/ping',
      }),
  ],
]

/** A handler that counts the servers that are not closed yet. */
function serve(
  Server: typeof SdkMcpServer,
  options: CreateMcpHandlerOptions = {},
  wait = 0,
  connect?: () => Promise<void>,
) {
  const alive = { now: 0, most: 0, built: 0 }
  const handler = createMcpHandler(
    async () => {
      const server = new Server({ name: 's', version: '1' })
      // the callback has to be called, so the SDK handles the notification
      server.server.oninitialized = () => {}
      const { close } = server
      let isOpen = true
      server.close = async () => {
        if (isOpen) alive.now -= 1
        isOpen = false
        await close.call(server)
      }
      if (connect) server.connect = connect
      alive.built += 1
      alive.now += 1
      alive.most = Math.max(alive.most, alive.now)
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      return server
    },
    { onerror: () => {}, ...options },
  )
  return { handler, alive }
}

describe.each(CLASSES)('a flood of notifications to %s', (_, Server) => {
  it.each(NOTIFICATIONS)('keeps no server longer than it is served (%s)', async (_, notify) => {
    const { handler, alive } = serve(Server)
    for (let sent = 0; sent < 50; sent++) expect((await handler.fetch(notify())).status).toBe(202)
    await vi.waitFor(() => expect(alive.now).toBe(0))
    expect(alive.built).toBe(50)
    expect(alive.most).toBeLessThanOrEqual(2)
  })

  it.each(NOTIFICATIONS)(
    'is answered after its servers are there, as requests are (%s)',
    async (_, notify) => {
      const { handler, alive } = serve(Server, {}, 10)
      const answers = Array.from({ length: 30 }, () => handler.fetch(notify()))
      // a client that waits for its answers holds as many as it has requests open
      for (const { status } of await Promise.all(answers)) expect(status).toBe(202)
      await vi.waitFor(() => expect(alive.now).toBe(0))
      expect(alive.most).toBeLessThanOrEqual(30)
    },
  )

  it('builds one server for a batch', async () => {
    const { handler, alive } = serve(Server)
    const batch = Array.from({ length: 100 }, () => notification())
    expect((await handler.fetch(post(batch, { 'mcp-protocol-version': '2025-03-26' }))).status).toBe(202)
    expect(alive.built).toBe(1)
    expect(
      (await handler.fetch(post([...batch, notification()], { 'mcp-protocol-version': '2025-03-26' })))
        .status,
    ).toBe(400)
    expect(alive.built).toBe(1)
  })

  it.each([
    ...NOTIFICATIONS,
    ['2025-era request', () => legacy('ping')],
    ['2026-07-28 request', () => modern('tools/list')],
  ] as [string, () => Request][])(
    'is over in time where connect() never ends, and its servers are closed (%s)',
    async (_, send) => {
      const { handler, alive } = serve(Server, { requestTimeoutMs: 30 }, 0, () => new Promise(() => {}))
      const answers = await Promise.all(Array.from({ length: 5 }, () => handler.fetch(send())))
      for (const { status } of answers) expect([202, 504]).toContain(status)
      expect(alive.built).toBe(5)
      await vi.waitFor(() => expect(alive.now).toBe(0), 5000)
    },
  )

  it('is over in time where the factory takes longer, and what it builds then is closed', async () => {
    const { handler, alive } = serve(Server, { requestTimeoutMs: 20 }, 80)
    const answers = await Promise.all(NOTIFICATIONS.map(([, notify]) => handler.fetch(notify())))
    expect(answers.map(({ status }) => status)).toEqual([202, 202])
    expect(alive.now).toBe(2)
    await vi.waitFor(() => expect(alive.now).toBe(0))
  })

  it('is held to the limit of bodies, and builds nothing past it', async () => {
    const { handler, alive } = serve(Server, { maxRequestBodySize: 1000 })
    const large = notification('acme/ping', { text: 'x'.repeat(2000) })
    expect((await handler.fetch(post(large))).status).toBe(413)
    expect(
      (await handler.fetch(post(notification('notifications/cancelled', { requestId: 1 })))).status,
    ).toBe(202)
    expect(alive.built).toBe(0)
  })
})
