import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMcpHandler, type FetchHandler, McpServer } from '@portico-mcp/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

/** An application of a framework, which has an MCP endpoint among routes of its own. */
export interface Application {
  /** Listens on a free port of loopback. */
  listen(handler: FetchHandler): Promise<Server>
  /** Paths of the endpoint, by what was done with the body in front of it. */
  served: Record<string, string>
  /** Paths where the body is lost before the endpoint sees it. */
  lost?: Record<string, string>
  /** Paths of own routes that answer with the `value` of a JSON body, by how they read it. */
  json: Record<string, string>
  /** Path of an own route that answers with the bytes of an upload. */
  upload: string
}

const message = (text: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text } },
})

/** Describes an application whose routes read bodies in every way that its framework offers. */
export function describeApplication({ listen, served, lost = {}, json, upload }: Application): void {
  describe('an application around the endpoint', () => {
    let server: Server
    let origin: string
    const errors: Error[] = []
    beforeAll(async () => {
      server = await listen(createMcpHandler(echo, { onerror: (error) => errors.push(error) }))
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    })
    afterAll(() => {
      server.close()
      server.closeAllConnections?.()
    })

    const post = async (path: string, body: BodyInit, headers: Record<string, string> = {}) => {
      const accept = 'application/json, text/event-stream'
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept, ...headers },
        body,
      }
      const response = await fetch(origin + path, { ...init, duplex: 'half' } as RequestInit)
      return { status: response.status, body: (await response.json()) as any }
    }

    it.each(Object.entries(served))('serves a body that was %s', async (_, path) => {
      const { status, body } = await post(path, JSON.stringify(message('ünïcode')))
      expect([status, body.result]).toEqual([200, { content: [{ type: 'text', text: 'ünïcode' }] }])
    })

    it.each(Object.entries(served))('serves one of an open length that was %s', async (_, path) => {
      const bytes = new TextEncoder().encode(JSON.stringify(message('chunked')))
      const half = bytes.length >> 1
      const pieces = [bytes.slice(0, half), bytes.slice(half)]
      const stream = new ReadableStream({
        pull: (controller) => {
          const piece = pieces.shift()
          return piece ? controller.enqueue(piece) : controller.close()
        },
      })
      const { status, body } = await post(path, stream)
      expect([status, body.result?.content]).toEqual([200, [{ type: 'text', text: 'chunked' }]])
    })

    it.each(Object.entries(served))('serves one with members of streams that was %s', async (_, path) => {
      for (const member of ['pipe', 'getReader']) {
        const { status, body } = await post(path, JSON.stringify({ [member]: 1, ...message('named') }))
        expect([status, body.result?.content]).toEqual([200, [{ type: 'text', text: 'named' }]])
      }
    })

    it.each(Object.entries(served))('refuses what is not JSON-RPC where the body was %s', async (_, path) => {
      const { status, body } = await post(path, JSON.stringify({ hello: 'world' }))
      expect([status, body.error.code]).toEqual([400, -32600])
    })

    it.each(Object.entries(lost))('blames the host for a body that was %s', async (_, path) => {
      errors.length = 0
      const { status, body } = await post(path, JSON.stringify(message('lost')))
      expect([status, body.error.code]).toEqual([500, -32603])
      expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('parsedBody')])
    })

    it.each(Object.entries(json))('leaves own routes their JSON, read with %s', async (_, path) => {
      expect(await post(path, JSON.stringify({ value: 'own', more: [1] }))).toEqual({
        status: 200,
        body: 'own',
      })
    })

    it('leaves own routes their uploads', async () => {
      const form = new FormData()
      form.set('file', new File([new Uint8Array(70_000)], 'photo.bin'))
      const response = await fetch(origin + upload, { method: 'POST', body: form })
      expect([response.status, Number(await response.text())]).toEqual([200, expect.any(Number)])
    })
  })
}

function echo(): McpServer {
  const server = new McpServer({ name: 'echo', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, async ({ text }) => ({
    content: [{ type: 'text', text }],
  }))
  return server
}
