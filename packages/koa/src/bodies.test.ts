import { bodyParser } from '@koa/bodyparser'
import Router from '@koa/router'
import { describeApplication } from '@portico-example/testing/applications'
import Koa, { type Middleware } from 'koa'
import koaBodyparser from 'koa-bodyparser'
import { describe } from 'vitest'
import { createMcpKoaApp, toKoaHandler } from './index.ts'

const apps = { createMcpKoaApp: () => createMcpKoaApp(), 'a Koa of its own': () => new Koa() }

/** Leaves a body as a host that has read the request itself does. */
const reading =
  (leave: (bytes: Buffer) => unknown): Middleware =>
  async (ctx, next) => {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk)
    Object.assign(ctx.request, { body: leave(Buffer.concat(chunks)) })
    await next()
  }

const leaving =
  (body: unknown): Middleware =>
  async (ctx, next) => {
    Object.assign(ctx.request, { body })
    await next()
  }

describe.each(Object.entries(apps))('%s', (name, createApp) => {
  const isParsed = name === 'createMcpKoaApp'
  describeApplication({
    async listen(handler) {
      const app = createApp()
      const router = new Router()
      const mcp = toKoaHandler(handler)
      const own: Middleware = (ctx) => {
        ctx.body = JSON.stringify((ctx.request as unknown as { body: { value: string } }).body.value)
      }
      router.post('/own/json', bodyParser(), own)
      router.post('/own/older', koaBodyparser() as unknown as Middleware, own)
      router.post(
        '/own/upload',
        reading((bytes) => bytes),
        (ctx) => {
          ctx.body = String((ctx.request as unknown as { body: Buffer }).body.length)
        },
      )
      router.all('/mcp', mcp)
      router.all('/mcp/json', bodyParser(), mcp)
      router.all('/mcp/older', koaBodyparser() as unknown as Middleware, mcp)
      if (!isParsed) {
        router.all('/mcp/text', reading(String), mcp)
        router.all(
          '/mcp/buffer',
          reading((bytes) => bytes),
          mcp,
        )
        router.all('/mcp/null', leaving(null), mcp)
        router.all('/mcp/empty', leaving({}), mcp)
        router.all(
          '/mcp/lost',
          reading(() => undefined),
          mcp,
        )
        router.all(
          '/mcp/lost-null',
          reading(() => null),
          mcp,
        )
      }
      app.use(router.routes())
      const server = app.listen(0, '127.0.0.1')
      await new Promise((up) => server.once('listening', up))
      return server
    },
    served: {
      'left alone': '/mcp',
      'parsed by @koa/bodyparser': '/mcp/json',
      'parsed by koa-bodyparser': '/mcp/older',
      ...(!isParsed && {
        'read as text': '/mcp/text',
        'read as bytes': '/mcp/buffer',
        'left unread, with null in its place': '/mcp/null',
        'left unread, with an empty object in its place': '/mcp/empty',
      }),
    },
    lost: isParsed
      ? {}
      : { 'read and dropped': '/mcp/lost', 'read, with null in its place': '/mcp/lost-null' },
    json: { '@koa/bodyparser': '/own/json', 'koa-bodyparser': '/own/older' },
    upload: '/own/upload',
  })
})
