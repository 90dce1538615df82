import type { ServerOptions } from 'node:https'
import { errorResponse } from '@portico-mcp/core'
import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { appChecks, appOptionRules, type McpAppOptions } from '@portico-mcp/guard'
import { bodyParserRefusal, checkUtf8 } from '@portico-mcp/node'
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { toHook } from './bridge.ts'

/** Options of {@link createMcpFastifyApp}. */
export interface CreateMcpFastifyAppOptions extends McpAppOptions {
  /** Largest body, in bytes. @defaultValue 4194304 */
  maxRequestBodySize?: number | undefined
  /** Options of Fastify itself: `https`, `logger`, `trustProxy` and so on. */
  fastify?: (FastifyServerOptions & { https?: ServerOptions | null }) | undefined
}

const RULES: Rules<keyof CreateMcpFastifyAppOptions> = {
  ...appOptionRules,
  maxRequestBodySize: optionRules.positive('bytes'),
  fastify: optionRules.plainObject,
}

/**
 * Creates a Fastify app for MCP handlers, protected as {@link McpAppOptions} says. A body that Fastify cannot parse gets a
 * JSON-RPC error, and a trailing slash makes no difference.
 *
 * @param options - See {@link CreateMcpFastifyAppOptions}.
 * @throws TypeError or RangeError if an option is unknown or invalid.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { createMcpFastifyApp, toFastifyHandler } from '@portico-mcp/fastify'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 *
 * const app = createMcpFastifyApp()
 * app.all('/mcp', toFastifyHandler(handler))
 * await app.listen({ port: 3000, host: '127.0.0.1' })
 * ```
 */
export function createMcpFastifyApp(options: CreateMcpFastifyAppOptions = {}): FastifyInstance {
  validateOptions('createMcpFastifyApp', options, RULES)
  const { maxRequestBodySize = 4 * 1024 * 1024, fastify: fastifyOptions, ...shared } = options
  const app: FastifyInstance = fastify({
    bodyLimit: maxRequestBodySize,
    ...fastifyOptions,
    routerOptions: { ignoreTrailingSlash: true, ...fastifyOptions?.routerOptions },
  } as FastifyServerOptions)
  for (const check of appChecks(shared)) app.addHook('onRequest', toHook(check))
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkUtf8(body as Buffer)
    } catch (error) {
      return done(error as Error)
    }
    parse(request, String(body), done)
  })
  app.setErrorHandler((error, _request, reply) => {
    const refusal = isOfParser(error) ? bodyParserRefusal(error) : undefined
    if (!refusal) throw error
    return reply.send(errorResponse(refusal))
  })
  return app
}

const isOfParser = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('FST_ERR_CTP'))
