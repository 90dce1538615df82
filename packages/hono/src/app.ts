import { errorResponse } from '@portico-mcp/core'
import {
  isJsonType,
  optionRules,
  parseBody,
  type Rules,
  readJsonText,
  validateOptions,
} from '@portico-mcp/core/internal'
import { appChecks, appOptionRules, type McpAppOptions } from '@portico-mcp/guard'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { cachedBody, closeAfterPartialRead, toMiddleware } from './bridge.ts'
import { restoreBody } from './restore-body.ts'

/** Options of {@link createMcpHonoApp}. */
export interface CreateMcpHonoAppOptions extends McpAppOptions {
  /** Largest JSON body, in bytes. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
}

const RULES: Rules<keyof CreateMcpHonoAppOptions> = {
  ...appOptionRules,
  maxRequestBodySize: optionRules.positive('bytes'),
}

/**
 * Creates a Hono app for MCP handlers, protected as {@link McpAppOptions} says. `c.get('parsedBody')` is the JSON body of
 * a POST, and `/mcp/` is the same as `/mcp`. Bodies that are not valid JSON or too large get a JSON-RPC error.
 *
 * @param options - See {@link CreateMcpHonoAppOptions}.
 * @throws TypeError or RangeError if an option is unknown or invalid.
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
  validateOptions('createMcpHonoApp', options, RULES)
  const { maxRequestBodySize = 4 * 1024 * 1024, ...shared } = options
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
