import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { type KvNamespace, kvFetch, type ObjectNamespace } from '../index.ts'

interface Env {
  CACHE: KvNamespace
  PORTICO: ObjectNamespace
}

const handler = createMcpHandler(({ authInfo }) => {
  const server = new McpServer({ name: 'bindings', version: '1.0.0' })
  server.registerTool('who', {}, async () => ({
    content: [{ type: 'text', text: authInfo?.clientId ?? 'nobody' }],
  }))
  return server
})

export { PorticoObject } from '../index.ts'
export default {
  /** Fetches `?url=` by KV, or serves MCP: as the platform calls a handler, or as a wrapper that passes the bindings. */
  async fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/fetch') {
      const authorization = searchParams.get('authorization')
      const response = await kvFetch(env.CACHE)(searchParams.get('url')!, {
        headers: authorization ? { authorization } : {},
      })
      return new Response(response.body, { status: response.status, headers: response.headers })
    }
    const call = handler.fetch as (...args: unknown[]) => Promise<Response>
    return pathname === '/alone' ? call(request, env) : call(request, env, context)
  },
}
