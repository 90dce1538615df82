import { errorResponse, readJsonBody } from '@portico-mcp/core'
import { isJsonType } from '@portico-mcp/core/internal'
import { appChecks, type McpAppOptions } from '@portico-mcp/guard'
import Koa, { type Context, type Middleware } from 'koa'
import { hasParsedBody, requestOf, send, toMiddleware } from './bridge.ts'

/** Options of {@link createMcpKoaApp}. */
export interface CreateMcpKoaAppOptions extends McpAppOptions {
  /** Largest JSON body, in bytes. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

/**
 * A Koa app for MCP handlers. Bound to this machine (the default) it serves requests for its own host and
 * pages only; elsewhere it checks what `allowedHosts` and `allowedOrigins` list, and warns without the
 * former. JSON bodies are parsed into `ctx.request.body`; one that is none, or too large, is answered in
 * JSON-RPC.
 *
 * @param options - See {@link CreateMcpKoaAppOptions}.
 * @throws TypeError for a rule that could never match; RangeError for a limit that is not positive; what
 * `withCors` of `@portico-mcp/guard` throws.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpKoaApp, toKoaHandler } from '@portico-mcp/koa'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * const app = createMcpKoaApp()
 * app.use(toKoaHandler(handler))
 * app.listen(3000, '127.0.0.1')
 * ```
 */
export function createMcpKoaApp(options: CreateMcpKoaAppOptions = {}): Koa {
  const { maxRequestBodySize = 4 * 1024 * 1024, ...shared } = options
  if (!(maxRequestBodySize > 0)) throw new RangeError('maxRequestBodySize must be a number greater than 0')
  const app = new Koa()
  for (const check of appChecks(shared)) app.use(toMiddleware(check))
  app.use(parseJson(maxRequestBodySize))
  return app
}

function parseJson(maxRequestBodySize: number): Middleware {
  return async (given, next) => {
    const ctx = given as Context
    const isJson = ctx.method === 'POST' && isJsonType(ctx.get('content-type'))
    if (!isJson || hasParsedBody(ctx)) return next()
    try {
      const body = await readJsonBody(requestOf(ctx), { maxRequestBodySize })
      Object.assign(ctx.request, { body })
    } catch (error) {
      return send(ctx, errorResponse(error))
    }
    return next()
  }
}
