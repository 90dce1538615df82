import { isUtf8 } from 'node:buffer'
import { errorResponse } from '@portico-mcp/core'
import {
  type CorsOptions,
  type DnsRebindingProtectionOptions,
  dnsRebindingProtection,
} from '@portico-mcp/guard'
import { bodyParserRefusal, toNodeHandler } from '@portico-mcp/node'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { toMiddleware } from './bridge.ts'
import { mcpCors } from './middleware.ts'

/** Options of {@link createMcpExpressApp}. */
export interface CreateMcpExpressAppOptions extends DnsRebindingProtectionOptions {
  /** The largest JSON body, in bytes or as `express.json` takes it (`'1mb'`). @defaultValue 4194304 */
  jsonLimit?: number | string | undefined
  /** Which pages may read the app's answers, those to bodies that it refuses too. @defaultValue none */
  cors?: CorsOptions | undefined
}

/**
 * An Express app for MCP handlers. Bound to this machine (the default) it serves requests for its own host
 * and pages only; elsewhere it checks what `allowedHosts` and `allowedOrigins` list, and warns without the
 * former. JSON bodies are parsed; one that is none, or too large, is answered in JSON-RPC.
 *
 * @param options - See {@link CreateMcpExpressAppOptions}.
 * @throws TypeError for a rule that could never match; what `withCors` of `@portico-mcp/guard` throws.
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
  const { cors, jsonLimit = 4 * 1024 * 1024 } = options
  const app = express()
  app.disable('x-powered-by')
  app.use(toMiddleware(dnsRebindingProtection(options)))
  if (cors) app.use(mcpCors(cors))
  app.use(express.json({ limit: jsonLimit, strict: false, verify: refuseOtherThanUtf8 }))
  app.use(answerParserError)
  return app
}

// RFC 8259, 8.1; the parser would replace what is none
function refuseOtherThanUtf8(_req: unknown, _res: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw Object.assign(new SyntaxError('The body is not UTF-8'), { status: 400 })
}

const answerParserError: ErrorRequestHandler = (error, req, res, next) => {
  const refusal = bodyParserRefusal(error)
  if (!refusal) return next(error)
  return toNodeHandler({ fetch: () => errorResponse(refusal) })(req, res)
}
