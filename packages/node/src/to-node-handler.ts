import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { getRequestListener, RequestError } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  REQUEST_OPTIONS,
  Refusal,
} from '@portico-mcp/core'
import { closeAfterPartialBody, logFailure, readHandedBody, reporter } from '@portico-mcp/core/internal'
import { isBodyRead, markAsRead, readLeftBody } from './body-stream.ts'
import { discardIncoming, discardRest } from './discard-incoming.ts'
import { lightRequest } from './light-request.ts'
import { streamResponseTo, textResponse, writeLight } from './light-response.ts'
import { isNative, plainRequest, sendPlainly } from './plain-exchange.ts'

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
 * @param parsedBody - The JSON body where it has been read already, as a value, text or bytes; `req.body`
 * counts without it. A function (Express's `next`) is not a body.
 */
export type NodeHandler = (req: NodeRequest, res: NodeResponse, parsedBody?: unknown) => Promise<void>

/** Options of {@link toNodeHandler}. */
export interface ToNodeHandlerOptions {
  /** Hears of what the handler threw, sync or async; the client gets 500, or the refusal's own status. */
  onerror?: ((error: Error) => void) | undefined
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
  const report = reporter(options.onerror ?? logFailure)
  const respondToError = (thrown: unknown): Response => {
    // a target or Host header that is no URL
    const error = thrown instanceof RequestError ? new Refusal('invalid-request', thrown.message) : thrown
    report(error)
    return errorResponse(error)
  }
  const answer = (request: Request, req: NodeRequest, res: NodeResponse, parsedBody: unknown) => {
    const options = requestOptions(req, res, request, parsedBody)
    if (options.parsedBody === undefined && isBodyRead(req)) markAsRead(request)
    return handler.fetch(request, options)
  }
  const servePlainly = async (req: NodeRequest, res: NodeResponse, parsedBody: unknown): Promise<void> => {
    let response: Response
    try {
      response = await answer(plainRequest(req, res), req, res, parsedBody)
    } catch (error) {
      response = respondToError(error)
    }
    if (!isSent(response, req, res)) await sendPlainly(response, res)
  }

  return async (req, res, parsedBody) => {
    if (req.originalUrl !== undefined) req.url = req.originalUrl
    const light = lightRequest(req, res)
    if (!light && !isNative(req)) return servePlainly(req, res, parsedBody)
    let response: Response | undefined
    try {
      response = light && (await answer(light, req, res, parsedBody))
    } catch (error) {
      response = respondToError(error)
    }
    if (light) boundRest(req, res)
    if (response && isSent(response, req, res)) return
    const fetch = async (request: Request): Promise<Response> => {
      const answered = await answer(request, req, res, parsedBody)
      await discardRest(req)
      boundRest(req, res)
      return isSent(answered, req, res) ? RESPONSE_ALREADY_SENT : answered
    }
    const listener = getRequestListener(response ? () => response : fetch, {
      overrideGlobalObjects: false,
      autoCleanupIncoming: !response,
      errorHandler: respondToError,
      hostname: 'localhost',
    })
    await listener(req, res)
  }
}

/** Sends what needs no web stream: known text, and events. */
function isSent(response: Response, req: NodeRequest, res: NodeResponse): boolean {
  closeAfterPartialBody(req, res)
  return res instanceof ServerResponse && writeLight(response, res)
}

// of a GET as well, which has no body that a handler could read
function boundRest(req: NodeRequest, res: NodeResponse): void {
  if (!req.complete && res instanceof ServerResponse) discardIncoming(req as IncomingMessage, res)
}

function requestOptions(
  req: NodeRequest,
  res: NodeResponse,
  request: Request,
  parsedBody: unknown,
): McpHandlerRequestOptions {
  const options: McpHandlerRequestOptions = {
    // of what calls the app that this is mounted in
    ...(req as { [REQUEST_OPTIONS]?: McpHandlerRequestOptions })[REQUEST_OPTIONS],
    responses: { text: textResponse, stream: streamResponseTo(res), request },
  }
  const body = readHandedBody(parsedBody) ?? readLeftBody(req.body, req)
  const clientAddress = req.socket?.remoteAddress
  if (clientAddress !== undefined) options.clientAddress = clientAddress
  if (req.auth !== undefined) options.authInfo = req.auth as AuthInfo
  if (body !== undefined) options.parsedBody = body
  return options
}
