import { createMcpHandler, type McpServerLike } from '@portico-mcp/core'
import { sessions } from '@portico-mcp/sessions'
import { FastMCP } from 'fastmcp'
import { describe, expect, it, onTestFinished } from 'vitest'

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

function post(method: string, params: object, headers: Record<string, string> = {}): Request {
  return new Request('http://localhost/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
}

/** A FastMCP server, whose `connect()` looks ten times within a second for what its client can do. */
function serve(legacy: 'stateless' | ReturnType<typeof sessions> = 'stateless') {
  let connected = 0
  const handler = createMcpHandler(
    () => {
      const server = new FastMCP({ name: 'fast', version: '1.0.0', logger: silent })
      server.addTool({ name: 'count', description: 'Counts', execute: async () => `${connected} connected` })
      const connecting = (transport: Parameters<McpServerLike['connect']>[0]) =>
        server.connect(transport as never).then(() => {
          connected += 1
        })
      return { connect: connecting, close: () => server.stop() }
    },
    { legacy, onerror: () => {} },
  )
  onTestFinished(() => handler.close())
  return handler
}

const silent = { debug() {}, error() {}, info() {}, log() {}, warn() {} }

describe('a FastMCP server, unmodified', () => {
  it.each([
    [
      '2026-07-28',
      () =>
        post(
          'tools/call',
          { name: 'count', _meta: META },
          { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'count' },
        ),
    ],
    ['2025', () => post('tools/call', { name: 'count' })],
  ])('answers while its connect() still waits (%s)', async (_, request) => {
    const { result } = await (await serve().fetch(request())).json()
    expect(result.content).toEqual([{ type: 'text', text: '0 connected' }])
  })

  it('begins a session while its connect() still waits', async () => {
    const clientInfo = { name: 'a', version: '1' }
    const initialize = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
    const handler = serve(sessions())
    const opened = await handler.fetch(post('initialize', initialize))
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const called = await handler.fetch(post('tools/call', { name: 'count' }, headers))
    expect(await called.text()).toContain(' connected')
  })
})
