import { errorResponse } from '@portico-mcp/core'
import { isJsonType, parseBody, readJsonText } from '@portico-mcp/core/internal'
import { appChecks, type McpAppOptions } from '@portico-mcp/guard'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cachedBody, closeAfterPartialRead, toMiddleware } from './bridge.ts'
import { restoreBody } from './restore-body.ts'

/** Options of {@link createMcpHonoApp}. */
export interface CreateMcpHonoAppOptions extends McpAppOptions {
  /** Largest JSON body, in bytes. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

/**
 * A Hono app for MCP handlers. Bound to this machine (the default) it serves requests for its own host and
 * pages only; elsewhere it checks what `allowedHosts` and `allowedOrigins` list, and warns without the
 * former. The JSON body of a POST is parsed into `c.get('parsedBody')`; one that is none, or too large, is
 * answered in JSON-RPC. A trailing slash makes no difference.
 *
 * @param options - See {@link CreateMcpHonoAppOptions}.
 * @throws TypeError for a rule that could never match; RangeError for a limit that is not positive;
 * what `withCors` of `@portico-mcp/guard` throws.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpHonoApp, toHonoHandler } from '@portico-mcp/hono'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * const app = createMcpHonoApp()
 * app.all('/mcp', toHonoHandler(handler))
 *
 * export default app
 * ```
 */
export function createMcpHonoApp(options: CreateMcpHonoAppOptions = {}): Hono {
  const { maxRequestBodySize = 4 * 1024 * 1024, ...shared } = options
  if (!(maxRequestBodySize > 0)) throw new RangeError('maxRequestBodySize must be a number greater than 0')
  const app = new Hono({ strict: false })
  for (const check of appChecks(shared)) app.use(toMiddleware(check))
  app.use(parseJson(maxRequestBodySize))
  return app
}

function parseJson(maxRequestBodySize: number): MiddlewareHandler {
  return async (context, next) => {
    const { req } = context
    if (req.method !== 'POST' || !isJsonType(req.header('content-type'))) return next()
    try {
      context.set('parsedBody', (await cachedBody(context)) ?? (await readJson(context, maxRequestBodySize)))
    } catch (error) {
      closeAfterPartialRead(context)
      return errorResponse(error)
    }
    return next()
  }
}

/** Reads the body, which routes can read again. */
async function readJson({ req }: Context, maxRequestBodySize: number): Promise<unknown> {
  const text = await readJsonText(req.raw, { maxRequestBodySize })
  restoreBody(req, text)
  return parseBody(text)
}
