import { trace } from '@opentelemetry/api'
import { createMcpHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'

export const URL_UNDER_TEST = 'http://localhost/mcp'

/** A 2025-era POST. */
export const post = (body: unknown, headers: Record<string, string> = {}, init: RequestInit = {}): Request =>
  new Request(URL_UNDER_TEST, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })

export const message = (method: string, params: object = {}, id: unknown = 1): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
})

export const call = (name: string, args: object = {}, meta: object = {}): object =>
  message('tools/call', { name, arguments: args, _meta: meta })

/** A 2026-07-28 POST. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  init: RequestInit = {},
): Request {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    ...(params._meta as object),
  }
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof params.name === 'string' && { 'mcp-name': params.name }),
  }
  return post(message(method, { ...params, _meta }), headers, init)
}

/** A handler whose tools do what a test needs, `work` with a span of its own. */
export function createTools(options?: Parameters<typeof createMcpHandler>[1]): McpHttpHandler {
  return createMcpHandler(() => {
    const server = new McpServer({ name: 'tools', version: '1.0.0' })
    const inputSchema = { text: z.string().optional() }
    server.registerTool('work', { inputSchema }, async ({ text }) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      trace.getTracer('tool').startSpan('inside').end()
      return { content: [{ type: 'text', text: `secret ${text}` }] }
    })
    server.registerTool('fail', {}, async () => ({
      isError: true,
      content: [{ type: 'text', text: 'secret failure' }],
    }))
    server.registerTool('report', { inputSchema }, async (_, extra) => {
      const progressToken = extra._meta?.progressToken ?? 0
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress: 1 },
      })
      return { content: [] }
    })
    server.registerTool('wait', {}, async (extra) => {
      const progressToken = extra._meta?.progressToken ?? 0
      await extra.sendNotification({
        method: 'notifications/progress',
        params: { progressToken, progress: 1 },
      })
      await new Promise((resolve) => extra.signal.addEventListener('abort', resolve))
      return { content: [] }
    })
    server.registerPrompt('greet', {}, async () => ({ messages: [] }))
    return server
  }, options)
}
