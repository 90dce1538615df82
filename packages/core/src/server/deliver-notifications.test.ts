import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { RootsListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { McpServer as McpServer2 } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { createMcpHandler } from '../handler.ts'
import { ENVELOPE, post } from '../testing/requests.ts'
import type { McpServerLike } from './factory.ts'
import { findFastServer } from './fast/fast-server.ts'
import { McpServer } from './fast/mcp-server.ts'

const PingSchema = z.object({ method: z.literal('acme/ping'), params: z.object({ n: z.number() }).loose() })
const info = { name: 'hears', version: '1' }

type Heard = (method: string, params?: unknown) => void

/** A server of each kind that hears of all that a client can say. */
const SERVERS: [string, (heard: Heard) => McpServerLike][] = [
  ...([McpServer, SdkMcpServer] as const).map((Class): [string, (heard: Heard) => McpServerLike] => [
    Class === McpServer ? "Portico's McpServer" : "the SDK's McpServer",
    (heard) => {
      const server = new Class(info)
      listen(server.server, heard)
      return server
    },
  ]),
  [
    "the SDK's Server",
    (heard) => {
      const server = new Server(info, { capabilities: {} })
      listen(server, heard)
      return server
    },
  ],
  [
    'a 2.x McpServer',
    (heard) => {
      const server = new McpServer2(info)
      server.server.oninitialized = () => heard('initialized')
      server.server.setNotificationHandler('notifications/roots/list_changed', () => heard('roots'))
      server.server.setNotificationHandler(
        'acme/ping',
        { params: z.object({ n: z.number() }).loose() },
        ({ n }: { n: number }) => heard('ping', n),
      )
      return server as unknown as McpServerLike
    },
  ],
]

function listen(server: Server, heard: Heard): void {
  server.oninitialized = () => heard('initialized')
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => heard('roots'))
  server.setNotificationHandler(PingSchema, ({ params }) => heard('ping', params.n))
}

const legacyNotification = (method: string, params = {}) => post({ jsonrpc: '2.0', method, params })
const modernNotification = (method: string, params = {}, envelope: object = ENVELOPE) =>
  post(
    { jsonrpc: '2.0', method, params: { ...params, _meta: envelope } },
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method },
  )

const ERAS: [string, typeof legacyNotification][] = [
  ['2025', legacyNotification],
  ['2026-07-28', modernNotification],
  ['2026-07-28, by its header alone', (method, params) => modernNotification(method, params, {})],
]

describe.each(ERAS)('what a client says without waiting for an answer, in %s', (_, notification) => {
  describe.each(SERVERS)('to %s', (_, build) => {
    it.each([
      ['notifications/initialized', {}, [['initialized']]],
      ['notifications/roots/list_changed', {}, [['initialized'], ['roots']]],
      ['acme/ping', { n: 3 }, [['initialized'], ['ping', 3]]],
    ])('reaches it: %s', async (method, params, expected) => {
      const heard = vi.fn()
      const onerror = vi.fn()
      const handler = createMcpHandler(() => build(heard), { onerror })
      const response = await handler.fetch(notification(method, params))
      expect([response.status, await response.text()]).toEqual([202, ''])
      expect(heard.mock.calls).toEqual(expected)
      expect(onerror).not.toHaveBeenCalled()
    })
  })

  it('is told to a server that is closed afterwards', async () => {
    const closed = vi.fn()
    const handler = createMcpHandler(() => {
      const server = new SdkMcpServer(info)
      server.server.onclose = closed
      return server
    })
    await handler.fetch(notification('acme/ping'))
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(1))
    await handler.close()
  })

  it('that fails is reported, and answered as ever', async () => {
    const onerror = vi.fn()
    const refused = createMcpHandler(() => Promise.reject(new Error('no database')), { onerror })
    expect((await refused.fetch(notification('acme/ping'))).status).toBe(202)
    expect(onerror.mock.calls.flat().map(({ message }) => message)).toContain('no database')
  })

  it.each(['notifications/cancelled', 'notifications/progress'])(
    'builds no server for %s',
    async (method) => {
      const factory = vi.fn(() => new SdkMcpServer(info))
      const handler = createMcpHandler(factory)
      expect(
        (await handler.fetch(notification(method, { requestId: 1, progressToken: 1, progress: 1 }))).status,
      ).toBe(202)
      expect(factory).not.toHaveBeenCalled()
    },
  )

  it('wakes no server that has nobody who hears it', async () => {
    const server = new McpServer(info)
    await createMcpHandler(() => server).fetch(notification('notifications/initialized'))
    expect(findFastServer(server)?.isActive).toBe(true)
  })

  it('is told with the identity and the request', async () => {
    const factory = vi.fn(() => new SdkMcpServer(info))
    const handler = createMcpHandler(factory)
    const authInfo = { token: 't', clientId: 'c', scopes: [] }
    await handler.fetch(notification('acme/ping'), { authInfo })
    expect(factory.mock.calls).toMatchObject([[{ authInfo, requestInfo: expect.any(Request) }]])
  })

  it('may ask nothing in return', async () => {
    const answered = vi.fn()
    const handler = createMcpHandler(() => {
      const server = new SdkMcpServer(info)
      server.server.setNotificationHandler(RootsListChangedNotificationSchema, async () => {
        await server.server.listRoots().catch(({ message }) => answered(message))
      })
      return server
    })
    await handler.fetch(notification('notifications/roots/list_changed'))
    expect(answered.mock.calls).toEqual([[expect.stringContaining('roots/list cannot reach the client')]])
  })
})

describe('a 2025-era batch', () => {
  it('of notifications reaches one server, in order', async () => {
    const heard = vi.fn()
    const build = SERVERS[1]![1]
    const factory = vi.fn(() => build(heard))
    const batch = [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', method: 'acme/ping', params: { n: 1 } },
      { jsonrpc: '2.0', method: 'acme/ping', params: { n: 2 } },
    ]
    const response = await createMcpHandler(factory).fetch(
      post(batch, { 'mcp-protocol-version': '2025-03-26' }),
    )
    expect(response.status).toBe(202)
    expect(heard.mock.calls).toEqual([['initialized'], ['ping', 1], ['ping', 2]])
    expect(factory).toHaveBeenCalledTimes(1)
  })

  it('with requests initializes its server once', async () => {
    const heard = vi.fn()
    const handler = createMcpHandler(() => SERVERS[1]![1](heard))
    const batch = [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, method: 'ping' },
    ]
    await handler.fetch(post(batch, { 'mcp-protocol-version': '2025-03-26' }))
    expect(heard.mock.calls).toEqual([['initialized']])
  })
})
