import { errorResponse, readJsonBody } from '@portico-mcp/core'
import { isJsonType, optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { appChecks, appOptionRules, type McpAppOptions } from '@portico-mcp/guard'
import Koa, { type Context, type Middleware } from 'koa'
import { hasParsedBody, requestOf, send, toMiddleware } from './bridge.ts'

/** Options of {@link createMcpKoaApp}. */
export interface CreateMcpKoaAppOptions extends McpAppOptions {
  /** Largest JSON body, in bytes. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

const RULES: Rules<keyof CreateMcpKoaAppOptions> = {
  ...appOptionRules,
  maxRequestBodySize: optionRules.positive('bytes'),
}

/**
 * Creates a Koa app for MCP handlers, with protection against DNS rebinding. An app for a loopback `host` (the default)
 * serves requests for this machine's hostnames and web pages only. For any other `host` it checks `allowedHosts` and
 * `allowedOrigins`, and warns if `allowedHosts` is missing. The app parses JSON bodies into `ctx.request.body`; it
 * answers bodies that are not valid JSON or too large with a JSON-RPC error.
 *
 * @param options - See {@link CreateMcpKoaAppOptions}.
 * @throws TypeError if an option is unknown or of the wrong type, or if a host or origin rule could never match; RangeError if
 *   `maxRequestBodySize` is out of range.
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
  validateOptions('createMcpKoaApp', options, RULES)
  const { maxRequestBodySize = 4 * 1024 * 1024, ...shared } = options
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
