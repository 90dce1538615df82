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
 * Creates a Koa app for MCP handlers, protected as {@link McpAppOptions} says. Parsed JSON is in `ctx.request.body`;
 * a JSON-RPC error answers what cannot be parsed.
 *
 * @param options - See {@link CreateMcpKoaAppOptions}.
 * @throws TypeError or RangeError if an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpKoaApp, toKoaHandler } from '@portico-mcp/koa'
 *
 * const app = createMcpKoaApp({ maxRequestBodySize: 1024 * 1024 })
 * app.use(toKoaHandler(createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))))
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
