import { expect, it, vi } from 'vitest'
import { createMcpHandler, McpServer, toRouteHandlers } from '../index.ts'

const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
const list = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
}

it('answers the methods of a route with the handler', async () => {
  const { POST, ...others } = toRouteHandlers(handler)
  const answered = await POST(new Request('http://localhost/mcp', list))
  expect(await answered.json()).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  for (const [method, serve] of Object.entries(others)) {
    const refused = await serve(new Request('http://localhost/mcp', { method }))
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST'])
  }
})

it('does not take the context of a route for options', async () => {
  const fetch = vi.fn(async () => new Response())
  const { POST } = toRouteHandlers({ fetch })
  const request = new Request('http://localhost/mcp', list)
  const context = { authInfo: { token: 't', clientId: 'attacker', scopes: [] } }
  await (POST as (...args: unknown[]) => Promise<Response>)(request, context)
  expect(fetch.mock.calls).toEqual([[request]])
})

it('rejects where the handler throws', async () => {
  const fetch = (): never => {
    throw new Error('broken')
  }
  await expect(toRouteHandlers({ fetch }).GET(new Request('http://localhost/mcp'))).rejects.toThrow('broken')
})
