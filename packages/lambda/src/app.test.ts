import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { REQUEST_OPTIONS } from '@portico-mcp/core'
import { expect, it } from 'vitest'
import { toLambdaHandler } from './index.ts'
import { recorded, SHAPES } from './testing/events.ts'

const appOf = (answer: (req: IncomingMessage, res: ServerResponse) => unknown) => ({ callback: () => answer })

it.each(SHAPES)('an app is asked what came from a %s', async (shape) => {
  const app = appOf(async (req, res) => {
    const chunks = await req.toArray()
    const { [REQUEST_OPTIONS]: options } = req as { [REQUEST_OPTIONS]?: object }
    const { method, url, headers } = req
    const { remoteAddress } = req.socket
    res.writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
    const body = Buffer.concat(chunks).toString()
    res.end(JSON.stringify({ method, url, host: headers.host, remoteAddress, options, body }))
  })
  const result = await toLambdaHandler(app)(recorded(shape))
  expect(result.statusCode).toBe(201)
  const asked = JSON.parse(result.body)
  expect(asked).toMatchObject({
    method: 'POST',
    host: expect.stringContaining('.'),
    options: { streaming: false },
  })
  expect(asked.url).toMatch(/^\/mcp\?/)
  expect(asked.remoteAddress).toBe(asked.options.clientAddress)
  expect(JSON.parse(asked.body)).toMatchObject({ method: 'ping' })
  const cookies = result.cookies ?? result.multiValueHeaders?.['set-cookie'] ?? result.headers?.['set-cookie']
  expect([cookies].flat().at(-1)).toBe('b=2')
})

it('an app takes and gives what is large', async () => {
  const app = appOf((req, res) => req.pipe(res.writeHead(200, { 'content-type': 'text/plain' })))
  const body = 'x'.repeat(3_000_000)
  const result = await toLambdaHandler(app)({ ...recorded('function-url'), body, isBase64Encoded: false })
  expect(result.body.length).toBe(body.length)
})

it('an app that takes too long is given up, and hears of it', async () => {
  let left: Promise<unknown> | undefined
  const app = appOf((_, res) => {
    left = once(res, 'close')
  })
  const handler = toLambdaHandler(app, { reserveMs: 0 })
  const result = await handler(recorded('function-url'), { getRemainingTimeInMillis: () => 100 })
  expect(result.statusCode).toBe(504)
  await left
})

it('an app that hangs up is answered as an error', async () => {
  const app = appOf((req) => req.socket.destroy())
  expect((await toLambdaHandler(app)(recorded('function-url'))).statusCode).toBe(500)
})

it('an app that answers without a body is answered so', async () => {
  const app = appOf((_, res) => res.writeHead(204).end())
  expect(await toLambdaHandler(app)(recorded('function-url'))).toMatchObject({ statusCode: 204, body: '' })
})
