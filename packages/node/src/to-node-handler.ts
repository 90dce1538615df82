import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { getRequestListener, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { errorResponse, type FetchHandler, type McpHandlerRequestOptions, Refusal } from '@portico-mcp/core'

import { lightRequest } from './light-request.ts'
import { streamResponseTo, textResponse, writeLight } from './light-response.ts'

type AuthInfo = McpHandlerRequestOptions['authInfo']

/** A request of `node:http` or `node:http2`, with what middleware in front may have put on it. */
export type NodeRequest = (IncomingMessage | Http2ServerRequest) & {
  auth?: unknown
  body?: unknown
  /** The target as the client sent it, where a framework has cut a prefix from `url`. */
  originalUrl?: string
}

/** A response of `node:http` or `node:http2`. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/**
 * Serves one request of `node:http`, `node:http2` or a framework built on them.
 *
 * @param parsedBody - The JSON body where it has been read already; `req.body` counts without it. A
 * function (Express's `next`) is no body.
 */
export type NodeHandler = (req: NodeRequest, res: NodeResponse, parsedBody?: unknown) => Promise<void>

/** Options of {@link toNodeHandler}. */
export interface ToNodeHandlerOptions {
  /** Hears of what the handler threw, sync or async; the client gets 500, or the refusal's own status. */
  onerror?: (error: Error) => void
}

/**
 * Mounts a handler on `node:http`, `node:http2`, and frameworks that hand out `req` and `res`. A client
 * that goes away aborts the request; `req.auth` becomes `authInfo`, the socket's address `clientAddress`. The global `Request` and `Response`
 * stay as they are.
 *
 * @param handler - A Portico handler, or anything that wraps one.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { toNodeHandler } from '@portico-mcp/node'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'clock', version: '1.0.0' }))
 * createServer(toNodeHandler(handler)).listen(3000, '127.0.0.1')
 * ```
 */
export function toNodeHandler(handler: FetchHandler, options: ToNodeHandlerOptions = {}): NodeHandler {
  const respondToError = (thrown: unknown): Response => {
    // a target or Host header that is no URL
    const error = thrown instanceof RequestError ? new Refusal('invalid-request', thrown.message) : thrown
    report(options, error)
    return errorResponse(error)
  }
  return async (req, res, parsedBody) => {
    const answer = async (request: Request): Promise<Response> => {
      const response = await handler.fetch(request, requestOptions(req, res, request, parsedBody))
      hangUpAfter(req, res)
      // known text and events need no web stream
      const isSent = res instanceof ServerResponse && writeLight(response, res)
      return isSent ? RESPONSE_ALREADY_SENT : response
    }
    if (req.originalUrl !== undefined) req.url = req.originalUrl
    const request = lightRequest(req, res)
    const response = request && (await answer(request).catch(respondToError))
    if (response === RESPONSE_ALREADY_SENT) return
    const listener = getRequestListener(response ? () => response : answer, {
      overrideGlobalObjects: false,
      errorHandler: respondToError,
      hostname: 'localhost',
    })
    await listener(req, res)
  }
}

// a body that nobody has begun to read is drained; the rest of one that was given up ends the connection
function hangUpAfter(req: NodeRequest, res: NodeResponse): void {
  const isGivenUp = req.readableDidRead && !req.complete
  if (isGivenUp && res instanceof ServerResponse && !res.headersSent) res.setHeader('connection', 'close')
}

function requestOptions(
  req: NodeRequest,
  res: NodeResponse,
  request: Request,
  parsedBody: unknown,
): McpHandlerRequestOptions {
  const body = typeof parsedBody === 'function' || parsedBody === undefined ? bodyOf(req) : parsedBody
  const clientAddress = req.socket?.remoteAddress
  return {
    responses: { text: textResponse, stream: streamResponseTo(res), request },
    ...(clientAddress !== undefined && { clientAddress }),
    ...(req.auth !== undefined && { authInfo: req.auth as AuthInfo }),
    ...(body !== undefined && { parsedBody: body }),
  }
}

// a parser that was not asked for this type leaves an empty object, and the stream unread
function bodyOf({ body, readableDidRead }: NodeRequest): unknown {
  const isEmpty = typeof body === 'object' && body !== null && Object.keys(body).length === 0
  return isEmpty && !readableDidRead ? undefined : body
}

function report({ onerror }: ToNodeHandlerOptions, error: unknown): void {
  try {
    onerror?.(error instanceof Error ? error : new Error(String(error)))
  } catch {
    // reporting never changes an answer
  }
}
