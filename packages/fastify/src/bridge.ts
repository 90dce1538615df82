import { type AuthInfo, runWithAuth, type ScopeHierarchy } from '@portico-mcp/auth'
import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  REQUEST_OPTIONS,
  Refusal,
} from '@portico-mcp/core'
import { logFailure, reporter } from '@portico-mcp/core/internal'
import { bodyStream, isBodyRead, markAsRead, readLeftBody, toWebRequestHead } from '@portico-mcp/node'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'

declare module 'fastify' {
  interface FastifyRequest {
    /** The verified identity, as `requireBearerAuth` found it. */
    auth?: AuthInfo
  }
}

/** Of identities that `requireBearerAuth` found: which scopes include which. */
export const hierarchies: WeakMap<AuthInfo, ScopeHierarchy> = new WeakMap()

/** An `onRequest` hook. */
export type OnRequestHook = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Looks at a request without its body: a `Response` refuses or answers it. */
export type RequestCheck = (
  request: Request,
  options: McpHandlerRequestOptions,
  reply: FastifyReply,
) => Response | undefined | Promise<Response | undefined>

/** A check as a hook: what it answers is sent, all else goes on. */
export function toHook(check: RequestCheck): OnRequestHook {
  return async (request, reply) => {
    const answer = await answerOf(check, request, reply)
    if (answer) return reply.send(answer)
  }
}

async function answerOf(
  check: RequestCheck,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Response | undefined> {
  try {
    return await check(toWebRequestHead(request.raw), optionsOf(request), reply)
  } catch (error) {
    if (error instanceof Refusal) return errorResponse(error)
    throw error
  }
}

/** Options of {@link toFastifyHandler}. */
export interface ToFastifyHandlerOptions {
  /** Hears of what the handler threw; the client gets 500, or the refusal's own status. */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler on a route. The body that Fastify has parsed is not read again, the identity that
 * `requireBearerAuth` found becomes `authInfo`, the socket's address `clientAddress`. A client that goes
 * away aborts the request. Answers go through Fastify's own hooks.
 *
 * @param handler - A Portico handler, or anything that wraps one.
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
 * ```
 */
export function toFastifyHandler(
  handler: FetchHandler,
  { onerror }: ToFastifyHandlerOptions = {},
): RouteHandlerMethod {
  const report = reporter(onerror ?? logFailure)
  return async (request, reply) => {
    try {
      const options = optionsOf(request)
      const abortable = abortedBy(request, reply, options.parsedBody === undefined)
      return await asCaller(request, () => handler.fetch(abortable, options))
    } catch (error) {
      report(error)
      return errorResponse(error)
    }
  }
}

// not around the hook: the parser's events do not keep the context
async function asCaller(
  { auth: authInfo }: FastifyRequest,
  run: () => Response | Promise<Response>,
): Promise<Response> {
  return authInfo ? runWithAuth({ authInfo, scopeHierarchy: hierarchies.get(authInfo) }, run) : run()
}

/** The request, aborted when the client goes away before it has the whole answer. */
function abortedBy({ raw: req }: FastifyRequest, { raw: res }: FastifyReply, isUnparsed: boolean): Request {
  const controller = new AbortController()
  const head = toWebRequestHead(req)
  const hasBody = isUnparsed && head.method !== 'GET' && head.method !== 'HEAD'
  const body = hasBody ? { body: bodyStream(req), duplex: 'half' as const } : {}
  const request = new Request(head, { signal: controller.signal, ...body })
  if (hasBody && isBodyRead(req)) markAsRead(request)
  // Node forgets the signal of a Request that nobody holds
  res.once('close', () => request.signal.aborted || res.writableFinished || controller.abort())
  return request
}

function optionsOf({ raw, auth, body }: FastifyRequest): McpHandlerRequestOptions {
  const clientAddress = raw.socket.remoteAddress
  const parsedBody = readLeftBody(body, raw)
  return {
    // of what calls the app, as toLambdaHandler does
    ...(raw as { [REQUEST_OPTIONS]?: McpHandlerRequestOptions })[REQUEST_OPTIONS],
    ...(clientAddress !== undefined && { clientAddress }),
    ...(auth !== undefined && { authInfo: auth }),
    ...(parsedBody !== undefined && { parsedBody }),
  }
}
