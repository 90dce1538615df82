import { createMcpHandler, type FetchHandler, type McpHttpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import type { Exchange } from '../exchange.ts'
import type { DashboardHandler } from '../with-dashboard.ts'

/** Where requests go in tests without a socket. */
export const ORIGIN = 'http://localhost:3001'

/** A handler with a tool that answers, one that tells how far it is, and one that never ends. */
export function createDesk(): McpHttpHandler {
  return createMcpHandler(() => {
    const server = new McpServer({ name: 'desk', version: '1.0.0' })
    server.registerTool('say', { inputSchema: { text: z.string() } }, async ({ text }) => ({
      content: [{ type: 'text', text }],
    }))
    server.registerTool('count', {}, async ({ sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken ?? 'none'
      for (let progress = 1; progress <= 3; progress++) {
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress } })
      }
      return { content: [{ type: 'text', text: 'counted' }] }
    })
    server.registerTool('wait', {}, async ({ sendNotification, signal }) => {
      const params = { progressToken: 'p', progress: 1 }
      await sendNotification({ method: 'notifications/progress', params })
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('left'))))
      return { content: [] }
    })
    return server
  })
}

/** A call of a tool, of the 2025 era. */
export const call = (name: string, args: object = {}): object => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args, _meta: { progressToken: 'p' } },
})

/** A POST to the endpoint. */
export function post(body: object | string, headers: HeadersInit = {}, path = '/mcp'): Request {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const all = new Headers({
    host: 'localhost:3001',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': String(new TextEncoder().encode(text).byteLength),
  })
  for (const [name, value] of new Headers(headers)) all.set(name, value)
  return new Request(`${ORIGIN}${path}`, { method: 'POST', headers: all, body: text })
}

/** What a browser sends when somebody types an address. */
export const visit = (path: string, headers: HeadersInit = {}): Request =>
  new Request(`${ORIGIN}${path}`, {
    headers: {
      host: 'localhost:3001',
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'sec-fetch-site': 'none',
      ...Object.fromEntries(new Headers(headers)),
    },
  })

/** What the page asks of the dashboard. */
export const ask = (path: string, { method = 'GET', headers = {} }: RequestInit = {}): Request =>
  new Request(`${ORIGIN}/_dashboard/api${path}`, {
    method,
    headers: {
      host: 'localhost:3001',
      'sec-fetch-site': 'same-origin',
      'x-portico-dashboard': '1',
      ...Object.fromEntries(new Headers(headers)),
    },
  })

/** What was recorded until now. */
export async function recorded(handler: {
  fetch: (request: Request, options?: { streaming?: boolean }) => Promise<Response>
}): Promise<Exchange[]> {
  const response = await handler.fetch(ask('/traffic'), { streaming: false })
  const text = await response.text()
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => JSON.parse(frame.slice('data: '.length)))
}

/** The cookies that a browser gets for the address of a dashboard. */
export async function cookiesOf(
  { fetch, dashboardUrl }: DashboardHandler<FetchHandler>,
  origin = ORIGIN,
): Promise<string> {
  const { headers } = await fetch(
    new Request(dashboardUrl(origin)!, { headers: { host: new URL(origin).host } }),
  )
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** A dashboard as a browser finds it that has opened its address: what is asked of the page carries the cookies. */
export function opened<H extends FetchHandler>(handler: DashboardHandler<H>): DashboardHandler<H> {
  return {
    ...handler,
    fetch: async (request, given) => {
      if (request.method !== 'POST') {
        const { origin } = new URL(request.url)
        request.headers.append('cookie', await cookiesOf(handler, origin))
      }
      return handler.fetch(request, given)
    },
  }
}
