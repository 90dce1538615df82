import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { sanitizeError, toRefusal } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'
import type { Call } from './call.ts'

/**
 * Answers a request for a method that an extension of the handler serves in place of the server. A failure without a
 * JSON-RPC code ends the call.
 *
 * @param http - The HTTP request that the request came with.
 * @returns False if no extension serves the method.
 */
export function answerByExtension(
  session: Session,
  call: Call,
  request: JSONRPCRequest,
  http: Request,
): boolean {
  const { handlerContext } = session.node
  const answering = handlerContext.extensions.answer(request, {
    authInfo: call.extra.authInfo,
    http,
    clientCapabilities: session.state.initialize.capabilities,
  })
  answering?.then(
    (response) =>
      call.answer('error' in response ? sanitizeError(response, request, handlerContext) : response),
    (error) => call.fail(toRefusal(error)),
  )
  return answering !== undefined
}
