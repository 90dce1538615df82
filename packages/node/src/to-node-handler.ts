import {
  errorResponse,
  type FetchHandler,
  type McpHandlerRequestOptions,
  REQUEST_OPTIONS,
} from '@portico-mcp/core'
import {
  logFailure,
  optionRules,
  readHandedBody,
  reporter,
  validateOptions,
} from '@portico-mcp/core/internal'
import { createRequest } from './lazy-request.ts'
import { NodeResponseWriter } from './lazy-response.ts'
import { readLeftBody } from './request-body.ts'
import { sendResponse } from './send-response.ts'
import type { NodeRequest, NodeResponse } from './types.ts'

type AuthInfo = McpHandlerRequestOptions['authInfo']

/**
 * Serves one request of `node:http`, `node:http2` or a framework built on them.
 *
 * @param parsedBody - The JSON body if it has been read already, as a value, text or bytes. Without it, `req.body` is
 *   used. A function (Express's `next`) is not a body.
 */
export type NodeHandler = (req: NodeRequest, res: NodeResponse, parsedBody?: unknown) => Promise<void>

/** Options of {@link toNodeHandler}. */
export interface ToNodeHandlerOptions {
  /**
   * Is called with what the handler throws, sync or async, and with the error of a response body that fails. The client
   * gets 500, or the status of a refusal. @defaultValue `console.error` for failures
   */
  onerror?: ((error: Error) => void) | undefined
}

/**
 * Mounts a handler on `node:http`, `node:http2`, and frameworks that hand out `req` and `res`. A client that
 * disconnects aborts the request; `req.auth` becomes `authInfo`, the socket's address `clientAddress`. The global
 * `Request` and `Response` are not replaced.
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
  validateOptions('toNodeHandler', options, { onerror: optionRules.callback })
  const report = reporter(options.onerror ?? logFailure)
  return async (req, res, parsedBody) => {
    let response: Response
    try {
      const handedBody = parsedBody === undefined ? undefined : readHandedBody(parsedBody)
      const body = handedBody === undefined ? req.body : undefined
      const options = readRequestOptions(req, { authInfo: req.auth as AuthInfo, body })
      if (handedBody !== undefined) options.parsedBody = handedBody
      const request = createRequest(req, res, options.parsedBody === undefined ? undefined : WITHOUT_BODY)
      options.responseWriter = new NodeResponseWriter(res, request)
      response = await handler.fetch(request, options)
    } catch (error) {
      report(error)
      response = errorResponse(error)
    }
    await sendResponse(response, req, res, report)
  }
}

const WITHOUT_BODY = { body: false }

/** What a framework knows about a request. */
export interface FrameworkRequest {
  /** The verified identity, if there is one. */
  authInfo?: McpHandlerRequestOptions['authInfo']
  /** What a body parser has left: a value, text or bytes. */
  body?: unknown
}

/**
 * Reads the options of a handler from a request of Node and from what a framework knows about it: the identity, the
 * parsed body and the address of the socket. Options that the caller of an app has left on the request, as
 * `toLambdaHandler` does, are taken where the framework knows nothing.
 *
 * @param req - A request of `node:http` or `node:http2`.
 * @param known - What the framework knows.
 * @throws Refusal `parse-error` (400) if a body that was left as bytes is not JSON.
 *
 * @internal
 */
export function readRequestOptions(
  req: NodeRequest,
  { authInfo, body }: FrameworkRequest,
): McpHandlerRequestOptions {
  const clientAddress = req.socket?.remoteAddress
  const parsedBody = body === undefined ? undefined : readLeftBody(body, req)
  const given = (req as { [REQUEST_OPTIONS]?: McpHandlerRequestOptions })[REQUEST_OPTIONS]
  // No spread: V8 keeps an object that is made of a spread and other members until a major collection.
  const options: McpHandlerRequestOptions = given ? Object.assign({}, given) : {}
  if (clientAddress !== undefined) options.clientAddress = clientAddress
  if (authInfo !== undefined) options.authInfo = authInfo
  if (parsedBody !== undefined) options.parsedBody = parsedBody
  return options
}
