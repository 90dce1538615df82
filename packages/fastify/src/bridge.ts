import { type AuthInfo, runWithAuth } from '@portico-mcp/auth'
import { errorResponse, type FetchHandler, type McpHandlerRequestOptions } from '@portico-mcp/core'
import {
  type Check,
  logFailure,
  optionRules,
  reporter,
  runCheck,
  validateOptions,
} from '@portico-mcp/core/internal'
import {
  createRequest,
  NodeResponseWriter,
  readRequestOptions,
  readText,
  toWebRequestHead,
} from '@portico-mcp/node'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** The verified identity, set by `requireBearerAuth`. */
    auth?: AuthInfo
  }
}

/** An `onRequest` hook. */
export type OnRequestHook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Turns a check into a hook: sends the check's response, or lets the request pass. */
export function toHook(check: Check): OnRequestHook {
  return async (request, reply) => {
    const {
      response,
      headers = {},
      vary = [],
      authInfo,
    } = await runCheck(check, () => toWebRequestHead(request.raw), optionsOf(request))
    if (authInfo) request.auth = authInfo
    const varied = [reply.getHeader('vary') ?? [], vary].flat()
    if (vary.length > 0) reply.header('vary', varied.join(', '))
    reply.headers(headers)
    if (response) return reply.send(response)
  }
}

/** Options of {@link toFastifyHandler}. */
export interface ToFastifyHandlerOptions {
  /** Called with what the handler throws. @defaultValue logs failures */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler on a route. The handler receives `request.auth` as `authInfo`, the body that Fastify has parsed, and
 * the address of the socket as `clientAddress`. The request is aborted when the client disconnects. Responses pass
 * through Fastify's hooks.
 *
 * @param handler - A Portico handler, or one that wraps it.
 * @param options - See {@link ToFastifyHandlerOptions}.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { localhostHostValidation, toFastifyHandler } from '@portico-mcp/fastify'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * const handler = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))
 * app.all('/mcp', { onRequest: localhostHostValidation() }, toFastifyHandler(handler))
 * ```
 */
export function toFastifyHandler(
  handler: FetchHandler,
  options: ToFastifyHandlerOptions = {},
): RouteHandlerMethod {
  validateOptions('toFastifyHandler', options, { onerror: optionRules.callback })
  const report = reporter(options.onerror ?? logFailure)
  return async (request, reply) => {
    try {
      const options = optionsOf(request)
      const converted = createRequest(request.raw, reply.raw, { body: options.parsedBody === undefined })
      options.responseWriter = new NodeResponseWriter(reply.raw, converted)
      return send(reply, await asCaller(request, () => handler.fetch(converted, options)))
    } catch (error) {
      report(error)
      return errorResponse(error)
    }
  }
}

/** Sends a known text as such: Fastify reads the body of a `Response` through a web stream, which costs far more. */
function send(reply: FastifyReply, response: Response): FastifyReply | Response {
  const known = readText(response)
  return known ? reply.code(known.status).headers(known.headers).send(known.text) : response
}

// The context is set here and not in the hook, because it is lost between the hook and the handler: Fastify's parser
// calls back from events of the request.
async function asCaller(
  { auth: authInfo }: FastifyRequest,
  run: () => Response | Promise<Response>,
): Promise<Response> {
  return authInfo ? runWithAuth({ authInfo }, run) : run()
}

const optionsOf = ({ raw, auth, body }: FastifyRequest): McpHandlerRequestOptions =>
  readRequestOptions(raw, { authInfo: auth, body })
