import { type McpHandlerRequestOptions, REQUEST_OPTIONS } from '@portico-mcp/core'
import { readLeftBody } from './request-body.ts'
import type { NodeRequest } from './types.ts'

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
 * `toLambdaHandler` does, come first.
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
  const parsedBody = readLeftBody(body, req)
  // Spreads of conditional members would cost more than the rest of this function.
  const options: McpHandlerRequestOptions = {
    ...(req as { [REQUEST_OPTIONS]?: McpHandlerRequestOptions })[REQUEST_OPTIONS],
  }
  if (clientAddress !== undefined) options.clientAddress = clientAddress
  if (authInfo !== undefined) options.authInfo = authInfo
  if (parsedBody !== undefined) options.parsedBody = parsedBody
  return options
}
