import { EventEmitter } from 'node:events'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { type NodeRequest, type NodeResponse, toNodeHandler, toWebRequest } from './index.ts'

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'clock', version: '1.0.0' })
  server.registerTool('now', {}, async (extra) => {
    await extra.sendNotification({
      method: 'notifications/progress',
      params: { progressToken: 1, progress: 1 },
    })
    return { content: [{ type: 'text', text: 'noon' }] }
  })
  return server
})

const message = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'now', arguments: {}, _meta: { progressToken: 1 } },
}

const headers = {
  host: 'localhost',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

/** A request as mocks and serverless adapters make one: its method, URL and headers, and some of the rest. */
const requestOf = (members: object): NodeRequest =>
  ({ method: 'POST', url: '/mcp', headers, ...members }) as unknown as NodeRequest

function createResponse() {
  const sent = { status: 0, headers: {} as Record<string, string>, text: '' }
  const res = Object.assign(new EventEmitter(), {
    writeHead: (status: number, fields: Record<string, string>) =>
      Object.assign(sent, { status, headers: fields }),
    write: (chunk: Uint8Array) => {
      sent.text += Buffer.from(chunk).toString()
    },
    end: () => res.emit('finish'),
  })
  return { res: res as unknown as NodeResponse, sent }
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  yield text.slice(0, 10)
  yield text.slice(10)
}

describe('a request that is none of Node itself', () => {
  const text = JSON.stringify(message)
  it.each([
    ['with a parsed body', { body: message }],
    ['with a body of text', { body: text }],
    ['with a body of bytes', { body: Buffer.from(text) }],
    ['whose body is iterated as text', { [Symbol.asyncIterator]: () => piecesOf(text) }],
    ['with raw headers, without a socket', { rawHeaders: Object.entries(headers).flat(), body: message }],
  ])('is served %s', async (_, members) => {
    const { res, sent } = createResponse()
    await toNodeHandler(handler)(requestOf(members), res)
    expect(sent.status).toBe(200)
    expect(sent.headers['content-type']).toBe('text/event-stream')
    expect(sent.text).toContain('"noon"')
  })

  it('is answered where it is refused', async () => {
    const { res, sent } = createResponse()
    await toNodeHandler(handler)(requestOf({ method: 'PUT' }), res)
    expect([sent.status, JSON.parse(sent.text).error.code]).toEqual([405, -32600])
  })

  it('becomes a Request of the platform', async () => {
    const request = await toWebRequest(requestOf({ [Symbol.asyncIterator]: () => piecesOf(text) }))
    expect([request.url, request.headers.get('accept')]).toEqual(['http://localhost/mcp', headers.accept])
    expect(await request.json()).toEqual(message)
  })
})
