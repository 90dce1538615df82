import { withResourceMetadata } from '@portico-mcp/auth'
import { createMcpHandler, type FetchHandler, McpServer, toFetch } from '@portico-mcp/core'
import { withCors, withGuard, withRateLimit } from '@portico-mcp/guard'

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bound', version: '1.0.0' })
  server.registerTool('who', { description: 'Names the caller' }, (extra) => ({
    content: [{ type: 'text', text: extra.authInfo?.clientId ?? 'nobody' }],
  }))
  return server
})

/** A handler, and each wrapper that runs here without a token. */
const handlers: Record<string, FetchHandler> = {
  createMcpHandler: handler,
  toFetch: { fetch: toFetch((request, options) => handler.fetch(request, options)) },
  withGuard: withGuard(handler, { publicUrl: 'https://bound.example/mcp' }),
  withCors: withCors(handler, { allowedOrigins: ['https://app.example'] }),
  withRateLimit: withRateLimit(handler, { capacity: 100, refillPerSecond: 100 }),
  withResourceMetadata: withResourceMetadata(handler, {
    resourceServerUrl: 'https://bound.example/mcp',
    oauthMetadata: {
      issuer: 'https://sign-in.example',
      authorization_endpoint: 'https://sign-in.example/authorize',
      token_endpoint: 'https://sign-in.example/token',
      response_types_supported: ['code'],
    },
  }),
}

const OWN = { authInfo: { token: 'own', clientId: 'own code', scopes: [] } }

/** What a Worker gives a handler beside the request. */
const calls: Record<string, (env: object, context: unknown) => unknown[]> = {
  'all that the platform passes': (env, context) => [env, context],
  'the bindings alone': (env) => [env],
  'a copy of the bindings': (env) => [{ ...env }],
  'options of user code': () => [OWN],
}

export default {
  fetch(request: Request, env: object, context: unknown): Promise<Response> | Response {
    const { searchParams } = new URL(request.url)
    const fetch = handlers[String(searchParams.get('handler'))]?.fetch as (...args: unknown[]) => Response
    return fetch(request, ...(calls[String(searchParams.get('call'))]?.(env, context) ?? []))
  },
}
