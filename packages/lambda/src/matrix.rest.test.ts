import type { RequestListener } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { toNodeHandler } from '@portico-mcp/node'
import express from 'express'
import Koa from 'koa'
import { describe, expect, it, vi } from 'vitest'
import { toLambdaHandler, toStreamingLambdaHandler } from './index.ts'
import { toResponse } from './testing/events.ts'
import { eventOf, guard, KINDS, type Sent } from './testing/matrix.ts'
import { installStreaming, invokeStreaming } from './testing/runtime.ts'

const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })

const METHODS = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']

const BODIES: [string, Sent, string][] = [
  ['null', { body: null }, ''],
  ['undefined', {}, ''],
  ['empty', { body: '' }, ''],
  ['text', { body: text }, text],
  ['base64', { body: btoa(text), isBase64Encoded: true }, text],
  ['bytes', { body: Buffer.from(text) }, text],
  ['JSON', { body: JSON.parse(text) }, text],
]

const LENGTHS: [string, Record<string, string>][] = [
  ['no length', {}],
  ['its length', { 'Content-Length': String(text.length) }],
  ['a short length', { 'content-length': '5' }],
  ['a long length', { 'content-length': '5000' }],
  ['no length of 0', { 'content-length': '0' }],
  ['a malformed length', { 'content-length': '5, five' }],
  ['chunks', { 'transfer-encoding': 'chunked' }],
  ['chunks and a length', { 'transfer-encoding': 'chunked', 'content-length': '5' }],
  ['an expectation', { expect: '100-continue', 'content-length': '5' }],
  ['an upgrade', { connection: 'upgrade', upgrade: 'websocket', 'content-length': '5' }],
]

/** Answers as each kind of handler does, and has an invocation that is held end as 504. */
interface Served {
  ask(event: object, onerror: (error: Error) => void): Promise<Response>
}

const buffered = (handler: Parameters<typeof toLambdaHandler>[0]): Served => ({
  ask: async (event, onerror) =>
    toResponse(await toLambdaHandler(handler, { onerror })(event as never, guard)),
})

const nodeApp = (listener: RequestListener) => buffered({ callback: () => listener })

const echoing = { fetch: async (request: Request) => new Response(await request.text()) }

const koa = new Koa().use(async (ctx) => {
  ctx.body = Buffer.concat(await ctx.req.toArray()).toString()
})

const koaWithParser = new Koa()
  .use(
    bodyParser({
      enableTypes: ['text'],
      extendTypes: { text: ['application/json'] },
      parsedMethods: METHODS,
    }),
  )
  .use((ctx) => {
    ctx.body = ctx.request.rawBody ?? ''
  })

const expressWithParser = express()
  .use(express.text({ type: '*/*' }))
  .use((req, res) => {
    res.type('text').send(typeof req.body === 'string' ? req.body : '')
  })

const streaming: Served = {
  ask(event, onerror) {
    installStreaming()
    return invokeStreaming(toStreamingLambdaHandler(echoing, { onerror }), event as never, guard)
  },
}

const HANDLERS: [string, Served][] = [
  ['a fetch handler', buffered(echoing)],
  ['a Koa app', buffered(koa)],
  ['a Koa app with a body parser', buffered(koaWithParser)],
  ['an Express app', nodeApp(expressWithParser)],
  ['a streaming function', streaming],
]

/** Each combination of a method, a body and what is said of its length. */
const requests = METHODS.flatMap((method) =>
  BODIES.flatMap(([body, sent, read]) =>
    LENGTHS.map(([length, headers]) => {
      const described = { ...headers, 'content-type': 'application/json' }
      const hasBody = method !== 'GET' && method !== 'HEAD'
      return {
        name: `${method}, ${body}, ${length}`,
        sent: { ...sent, method, headers: described },
        read: hasBody ? read : '',
      }
    }),
  ),
)

describe.each(HANDLERS)('%s', (_, { ask }) => {
  it.each(KINDS)('behind a %s answers every request with what it carries', async (kind) => {
    const onerror = vi.fn()
    const printed = vi.spyOn(console, 'error')
    const answers = await Promise.all(
      requests.map(async ({ name, sent }) => {
        const response = await ask(eventOf(kind, sent), onerror)
        return [name, response.status, await response.text()]
      }),
    )
    expect(answers).toEqual(requests.map(({ name, read }) => [name, 200, read]))
    expect(onerror).not.toHaveBeenCalled()
    expect(printed).not.toHaveBeenCalled()
    printed.mockRestore()
  })
})

describe('a server', () => {
  const mcp = createMcpHandler(() => new McpServer({ name: 'tested', version: '1' }))
  const places: [string, Served][] = [
    ['as a handler', buffered(mcp)],
    ['in an Express app', nodeApp(express().all('/{*path}', toNodeHandler(mcp)))],
    [
      'in an Express app that parses bodies',
      nodeApp(express().use(express.json()).all('/{*path}', toNodeHandler(mcp))),
    ],
  ]

  it.each(places.flatMap(([place, served]) => KINDS.map((kind) => [place, kind, served] as const)))(
    '%s behind a %s answers what the method and the body call for',
    async (_, kind, { ask }) => {
      const accept = 'application/json, text/event-stream'
      const onerror = vi.fn()
      const answers = await Promise.all(
        requests.map(async ({ name, sent }) => {
          const headers = { ...sent.headers, accept }
          const response = await ask(eventOf(kind, { ...sent, headers }), onerror)
          return [name, response.status]
        }),
      )
      const statusOf = (method: string, read: string) => (method !== 'POST' ? 405 : read ? 200 : 400)
      expect(answers).toEqual(requests.map(({ name, sent, read }) => [name, statusOf(sent.method, read)]))
      expect(onerror).not.toHaveBeenCalled()
    },
  )
})
