import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { describeApplication } from '@portico-example/testing/applications'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { validator } from 'hono/validator'
import { describe, expect, it } from 'vitest'
import { createMcpHonoApp, toHonoHandler } from './index.ts'

const apps = { createMcpHonoApp: () => createMcpHonoApp(), 'a Hono of its own': () => new Hono() }

/** Middleware that reads the body in front of the endpoint. */
const reading =
  (read: (c: Context) => Promise<unknown>): MiddlewareHandler =>
  async (c, next) => {
    await read(c)
    await next()
  }

describe.each(Object.entries(apps))('%s', (name, createApp) => {
  describeApplication({
    async listen(handler) {
      const app = createApp()
      const mcp = toHonoHandler(handler)
      app.post('/own/json', async (c) => c.json((await c.req.json()).value))
      app.post('/own/text', async (c) => c.json(JSON.parse(await c.req.text()).value))
      app.post('/own/buffer', async (c) => {
        const text = new TextDecoder().decode(await c.req.arrayBuffer())
        return c.json(JSON.parse(text).value)
      })
      app.post('/own/blob', async (c) => c.json(JSON.parse(await (await c.req.blob()).text()).value))
      app.post('/own/raw', async (c) => c.json(((await c.req.raw.json()) as { value: string }).value))
      app.post('/own/clone', async (c) =>
        c.json(((await c.req.raw.clone().json()) as { value: string }).value),
      )
      app.post(
        '/own/valid',
        validator('json', (value) => value),
        (c) => c.json(c.req.valid('json').value),
      )
      app.post('/own/upload', async (c) => c.text(String(((await c.req.parseBody()).file as File).size)))

      app.all('/mcp', mcp)
      app.all(
        '/mcp/json',
        reading((c) => c.req.json()),
        mcp,
      )
      app.all(
        '/mcp/text',
        reading((c) => c.req.text()),
        mcp,
      )
      app.all(
        '/mcp/buffer',
        reading((c) => c.req.arrayBuffer()),
        mcp,
      )
      app.all(
        '/mcp/clone',
        reading((c) => c.req.raw.clone().text()),
        mcp,
      )
      app.all(
        '/mcp/valid',
        validator('json', (value) => value),
        mcp,
      )
      app.all('/mcp/handed-on', (c) => handler.fetch(c.req.raw))
      app.all(
        '/mcp/lost',
        reading((c) => c.req.raw.text()),
        mcp,
      )
      const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
      await new Promise<void>((up) => server.listen(0, '127.0.0.1', up))
      return server
    },
    served: {
      'left alone': '/mcp',
      'read as JSON': '/mcp/json',
      'read as text': '/mcp/text',
      'read as bytes': '/mcp/buffer',
      'read from a clone': '/mcp/clone',
      validated: '/mcp/valid',
      'handed on with the request': '/mcp/handed-on',
    },
    // createMcpHonoApp has parsed it by then
    lost: name === 'createMcpHonoApp' ? {} : { 'read past Hono': '/mcp/lost' },
    json: {
      'c.req.json()': '/own/json',
      'c.req.text()': '/own/text',
      'c.req.arrayBuffer()': '/own/buffer',
      'c.req.blob()': '/own/blob',
      'c.req.raw.json()': '/own/raw',
      'c.req.raw.clone()': '/own/clone',
      'a validator': '/own/valid',
    },
    upload: '/own/upload',
  })
})

describe('createMcpHonoApp', () => {
  const post = (app: Hono, path: string, body: string) =>
    app.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

  it('is mounted in an app whose middleware has read the body', async () => {
    const inner = createMcpHonoApp()
    const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
    inner.all('/mcp', toHonoHandler(handler))
    const outer = new Hono()
    outer.use(reading((c) => c.req.json()))
    outer.route('/', inner)
    const answer = await post(outer, 'http://localhost/mcp', '{"jsonrpc":"2.0","id":1,"method":"ping"}')
    expect(await answer.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  it('leaves the text of a body as it came, for signatures over it', async () => {
    const app = createMcpHonoApp()
    app.post('/hook', async (c) => c.text(await c.req.text()))
    const text = '{ "a" :1.0,\n "a": 2}'
    expect(await (await post(app, 'http://localhost/hook', text)).text()).toBe(text)
  })
})
