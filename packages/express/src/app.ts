import { errorResponse } from '@portico-mcp/core'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { appChecks, appOptionRules, type McpAppOptions } from '@portico-mcp/guard'
import { bodyParserRefusal, toNodeHandler } from '@portico-mcp/node'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { toMiddleware } from './bridge.ts'
import { parseJson } from './parse-json.ts'

/** Options of {@link createMcpExpressApp}. */
export interface CreateMcpExpressAppOptions extends McpAppOptions {
  /** Largest JSON body, in bytes or as a size that `express.json` accepts, such as `'1mb'`. @defaultValue 4194304 */
  jsonLimit?: number | string | undefined
}

const RULES: Rules<keyof CreateMcpExpressAppOptions> = {
  ...appOptionRules,
  jsonLimit: optionRules.anyOfRules(optionRules.positive('bytes'), optionRules.text),
}

/**
 * Creates an Express app for MCP handlers, protected as {@link McpAppOptions} says. The app parses JSON bodies into
 * `req.body`; invalid ones get a JSON-RPC error.
 *
 * @param options - See {@link CreateMcpExpressAppOptions}.
 * @throws TypeError or RangeError if an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpExpressApp, toNodeHandler } from '@portico-mcp/express'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * const app = createMcpExpressApp()
 * app.all('/mcp', toNodeHandler(handler))
 * app.listen(3000, '127.0.0.1')
 * ```
 */
export function createMcpExpressApp(options: CreateMcpExpressAppOptions = {}): Express {
  validateOptions('createMcpExpressApp', options, RULES)
  const { jsonLimit = 4 * 1024 * 1024, ...shared } = options
  const app = express()
  app.disable('x-powered-by')
  for (const check of appChecks(shared)) app.use(toMiddleware(check))
  app.use(parseJson(jsonLimit))
  app.use(answerParserError)
  return app
}

const answerParserError: ErrorRequestHandler = (error, req, res, next) => {
  const refusal = bodyParserRefusal(error)
  if (!refusal) return next(error)
  return toNodeHandler({ fetch: () => errorResponse(refusal) })(req, res)
}
