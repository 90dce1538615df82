import { fixedResult } from '../fixed-result.ts'
import type { Served, Subject } from '../subjects.ts'
import type { Work } from '../work.ts'
import type { Group } from './group.ts'
import { officialHandler, porticoHandler } from './portico.ts'

type Listener = NonNullable<Served['node']>

const eras = ['modern', 'legacy'] as const
const PATH = '/mcp'

interface Message {
  id: number
}

const subject = (title: string, node: (work: Work) => Promise<Listener>): Subject => ({
  title,
  eras,
  serve: async (work) => ({ node: await node(work) }),
})

/** Each framework with its own parser and a fixed result, with Portico, and with what else it could mount. */
export const FRAMEWORK_SUBJECTS: Record<string, Subject> = {
  fastify: subject('Fastify alone', async (work) => {
    const { fastify } = await import('fastify')
    const app = fastify()
    const result = fixedResult(work)
    app.post(PATH, async ({ body }) => ({ jsonrpc: '2.0', id: (body as Message).id, result }))
    await app.ready()
    return app.routing
  }),
  'portico-fastify': subject('Fastify, Portico', async (work) => {
    const { fastify } = await import('fastify')
    const { toFastifyHandler } = await import('@portico-mcp/fastify')
    const app = fastify()
    app.all(PATH, toFastifyHandler(await porticoHandler(work)))
    await app.ready()
    return app.routing
  }),
  'portico-fastify-app': subject('createMcpFastifyApp', async (work) => {
    const { createMcpFastifyApp, toFastifyHandler } = await import('@portico-mcp/fastify')
    const app = createMcpFastifyApp()
    app.all(PATH, toFastifyHandler(await porticoHandler(work)))
    await app.ready()
    return app.routing
  }),
  'official-fastify': subject('Fastify, @modelcontextprotocol/server 2.x', async (work) => {
    const { createMcpFastifyApp } = await import('@modelcontextprotocol/fastify')
    const { toNodeHandler } = await import('@modelcontextprotocol/node')
    const app = createMcpFastifyApp()
    const handle = toNodeHandler(await officialHandler(work))
    app.all(PATH, (request, reply) => handle(request.raw, reply.raw, request.body))
    await app.ready()
    return app.routing
  }),
  koa: subject('Koa and its parser', async (work) => {
    const { default: Koa } = await import('koa')
    const { bodyParser } = await import('@koa/bodyparser')
    const result = fixedResult(work)
    const app = new Koa()
    app.use(bodyParser())
    app.use((ctx) => {
      const { id } = (ctx.request as unknown as { body: Message }).body
      ctx.body = { jsonrpc: '2.0', id, result }
    })
    return app.callback()
  }),
  'portico-koa': subject('Koa, Portico', async (work) => {
    const { default: Koa } = await import('koa')
    const { toKoaHandler } = await import('@portico-mcp/koa')
    return new Koa().use(toKoaHandler(await porticoHandler(work))).callback()
  }),
  'portico-koa-parser': subject('Koa and its parser, Portico', async (work) => {
    const { default: Koa } = await import('koa')
    const { bodyParser } = await import('@koa/bodyparser')
    const { toKoaHandler } = await import('@portico-mcp/koa')
    return new Koa()
      .use(bodyParser())
      .use(toKoaHandler(await porticoHandler(work)))
      .callback()
  }),
  'portico-koa-app': subject('createMcpKoaApp', async (work) => {
    const { createMcpKoaApp, toKoaHandler } = await import('@portico-mcp/koa')
    return createMcpKoaApp()
      .use(toKoaHandler(await porticoHandler(work)))
      .callback()
  }),
  hono: subject('Hono alone', async (work) => {
    const { Hono } = await import('hono')
    const result = fixedResult(work)
    const app = new Hono()
    app.post(PATH, async (c) => c.json({ jsonrpc: '2.0', id: (await c.req.json<Message>()).id, result }))
    return listenerOfHono(app)
  }),
  'portico-hono': subject('Hono, Portico', async (work) => {
    const { Hono } = await import('hono')
    const { toHonoHandler } = await import('@portico-mcp/hono')
    return listenerOfHono(new Hono().all(PATH, toHonoHandler(await porticoHandler(work))))
  }),
  'portico-hono-app': subject('createMcpHonoApp', async (work) => {
    const { createMcpHonoApp, toHonoHandler } = await import('@portico-mcp/hono')
    return listenerOfHono(createMcpHonoApp().all(PATH, toHonoHandler(await porticoHandler(work))))
  }),
  'official-hono': subject('Hono, @modelcontextprotocol/server 2.x', async (work) => {
    const { createMcpHonoApp } = await import('@modelcontextprotocol/hono')
    const app = createMcpHonoApp()
    const handler = await officialHandler(work)
    app.all(PATH, (c) => handler.fetch(c.req.raw, { parsedBody: c.get('parsedBody' as never) }))
    return listenerOfHono(app)
  }),
  express: subject('Express and its parser', async (work) => {
    const { default: express } = await import('express')
    const result = fixedResult(work)
    const app = express()
    app.use(express.json())
    app.post(PATH, (req, res) => {
      res.json({ jsonrpc: '2.0', id: req.body.id, result })
    })
    return app
  }),
  'portico-express': subject('Express, Portico', async (work) => {
    const { default: express } = await import('express')
    const { toNodeHandler } = await import('@portico-mcp/express')
    return express().all(PATH, toNodeHandler(await porticoHandler(work)))
  }),
  'portico-express-app': subject('createMcpExpressApp', async (work) => {
    const { createMcpExpressApp, toNodeHandler } = await import('@portico-mcp/express')
    return createMcpExpressApp().all(PATH, toNodeHandler(await porticoHandler(work)))
  }),
  'official-express': subject('Express, @modelcontextprotocol/server 2.x', async (work) => {
    const { createMcpExpressApp } = await import('@modelcontextprotocol/express')
    const { toNodeHandler } = await import('@modelcontextprotocol/node')
    const handle = toNodeHandler(await officialHandler(work))
    return createMcpExpressApp().all(PATH, (req, res) => void handle(req, res, req.body))
  }),
}

async function listenerOfHono(app: {
  fetch: (request: Request, env: never) => Response | Promise<Response>
}): Promise<Listener> {
  const { getRequestListener } = await import('@hono/node-server')
  return getRequestListener(app.fetch as never)
}

/** What a framework costs with Portico in it, beside what it costs alone. */
export const FRAMEWORKS: Group = {
  work: { method: 'tools/call', era: 'modern', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'ceiling-http' },
    { subject: 'portico', beside: 'ceiling-http' },
    { subject: 'fastify' },
    { subject: 'portico-fastify', beside: 'fastify', atMost: 1.8 },
    { subject: 'portico-fastify-app', beside: 'fastify' },
    { subject: 'official-fastify', beside: 'fastify' },
    { subject: 'koa' },
    { subject: 'portico-koa', beside: 'koa', atMost: 1.6 },
    { subject: 'portico-koa-parser', beside: 'koa' },
    { subject: 'portico-koa-app', beside: 'koa' },
    { subject: 'hono' },
    { subject: 'portico-hono', beside: 'hono', atMost: 1.2 },
    { subject: 'portico-hono-app', beside: 'hono' },
    { subject: 'official-hono', beside: 'hono' },
    { subject: 'express' },
    { subject: 'portico-express', beside: 'express' },
    { subject: 'portico-express-app', beside: 'express', atMost: 1 },
    { subject: 'official-express', beside: 'express' },
  ],
}
