import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { toFastifyHandler } from '@portico-mcp/fastify'
import { withRateLimit } from '@portico-mcp/guard'
import { toHonoHandler } from '@portico-mcp/hono'
import { toNodeHandler } from '@portico-mcp/node'
import { sessions } from '@portico-mcp/sessions'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it, vi } from 'vitest'

type Claims = (token: string) => unknown

const open: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})
vi.spyOn(console, 'warn').mockImplementation(() => {})

async function listen(server: Server): Promise<string> {
  await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
  open.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

const tokenOf = (authorization: string | undefined): string => authorization?.slice('Bearer '.length) ?? ''

/** Applications whose middleware leaves claims where each framework has the identity. */
const APPS: Record<string, (handler: FetchHandler, claims: Claims) => Promise<string>> = {
  'node:http': (handler, claims) => {
    const serve = toNodeHandler(handler)
    return listen(
      createServer((req, res) => {
        Object.assign(req, { auth: claims(tokenOf(req.headers.authorization)) })
        void serve(req, res)
      }),
    )
  },
  express: (handler, claims) => {
    const app = express().use(express.json())
    app.use((req, _, next) => {
      Object.assign(req, { auth: claims(tokenOf(req.headers.authorization)) })
      next()
    })
    app.all('/mcp', toNodeHandler(handler))
    return listen(createServer(app))
  },
  fastify: async (handler, claims) => {
    const app = fastify()
    app.addHook('onRequest', async (request) => {
      request.auth = claims(tokenOf(request.headers.authorization)) as never
    })
    app.all('/mcp', toFastifyHandler(handler))
    open.push(() => app.close())
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/mcp`
  },
  hono: (handler, claims) => {
    const app = new Hono().use(async (context, next) => {
      context.set('auth', claims(tokenOf(context.req.header('authorization'))) as never)
      await next()
    })
    app.all('/mcp', toHonoHandler(handler))
    return listen(createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server)
  },
}

const onerror = vi.fn()
const handler = () =>
  createMcpHandler(() => new McpServer({ name: 'callers', version: '1.0.0' }), {
    legacy: sessions(),
    onerror,
  })

const ask = (url: string, token: string, method: string, sessionId?: string) =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${token}`,
      ...(sessionId && { 'mcp-session-id': sessionId }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    }),
  })

const ownerOf = (token: string): string => token.split('.')[0] as string

const SHAPES: [string, Claims][] = [
  ['claims, as express-jwt has them', (token) => ({ iss: 'https://i', sub: ownerOf(token) })],
  ['claims of a database', (token) => ({ id: ownerOf(token).length, email: 'same@example.com' })],
  ['claims of a session', (token) => ({ userId: ownerOf(token), sessionId: 's' })],
  [
    'a token and its payload, as express-oauth2-jwt-bearer has them',
    (token) => ({ token, header: { alg: 'RS256' }, payload: { iss: 'https://i', sub: ownerOf(token) } }),
  ],
]

describe.each(Object.entries(APPS))('behind the middleware of another package, on %s', (_, serve) => {
  it.each(SHAPES)('one caller is never another: %s', async (_, claims) => {
    const url = await serve(handler(), claims)
    const opened = await ask(url, 'ann.1', 'initialize')
    const id = opened.headers.get('mcp-session-id') as string
    const statuses: number[] = []
    for (const token of ['ann.1', 'ann.2', 'bobby.1'])
      statuses.push((await ask(url, token, 'ping', id)).status)
    expect(statuses).toEqual([200, 200, 404])
  })

  it.each(SHAPES)('each has a rate of its own: %s', async (_, claims) => {
    const url = await serve(withRateLimit(handler(), { capacity: 1, refillPerSecond: 0.001 }), claims)
    const statuses: number[] = []
    for (const token of ['ann.1', 'ann.2', 'bobby.1'])
      statuses.push((await ask(url, token, 'initialize')).status)
    expect(statuses).toEqual([200, 429, 200])
  })

  it.each<[string, Claims]>([
    ['nothing', () => ({})],
    ['a role', () => ({ role: 'user' })],
    ['a name and a password', () => ({ user: 'ann', password: 'hunter2' })],
    ['a text', () => 'ann'],
  ])('an identity of %s is a 500 that blames the host', async (_, claims) => {
    for (const served of [handler(), withRateLimit(handler())]) {
      onerror.mockClear()
      const response = await ask(await serve(served, claims), 'ann.1', 'initialize')
      expect(response.status).toBe(500)
      expect(await response.text()).not.toContain('hunter2')
    }
    expect(onerror.mock.calls.flat().every(({ reason }) => reason === 'unidentified-caller')).toBe(true)
  })
})
