/**
 * The parts that `@portico-mcp/sessions` is built of, beside the {@link LegacyTransport} that it implements: how a
 * message is read, how a server is connected, and how its replies become a response. They belong to core's own
 * implementation, and change without notice: a transport of yours needs nothing but `LegacyTransport`.
 *
 * @internal
 * @module
 */

/** The response: the replies, and the JSON or the stream that carries them. */
export {
  handlerClosed,
  invalidParams,
  invalidRequest,
  notAcceptable,
  readAbortReason,
  toRefusal,
} from '../http/errors.ts'
export { type KeepAlive, keepAlive } from '../http/keep-alive.ts'
/** The request: what it accepts, and what is refused. */
export { type Accepted, decideMode, type ResponseMode, readAccept } from '../http/media-types.ts'
export { acknowledge, jsonResponse } from '../http/response-writer.ts'
export { type EventStream, openEventStream } from '../http/sse.ts'
export { toNetwork } from '../identity/caller-key.ts'
export { identifyPrincipal } from '../identity/principal.ts'
/** The server: what it is told, what it may ask, and what it sends. */
export { findRequestRefusal, noBackChannel } from '../input/client-requests.ts'
export type { ServerExtra } from '../input/request-context.ts'
export { readMessage } from '../protocol/envelope.ts'
export { subscribeTo, toNotification } from '../protocol/events.ts'
export { errorMessage, isRequest, isResponse } from '../protocol/json-rpc.ts'
export { SUPPORTED_PROTOCOL_VERSIONS } from '../protocol/sdk.ts'
export { connectServer } from '../server/connect-server.ts'
export { Exchange } from '../server/exchange.ts'
export { failPending, jsonOrStream } from '../server/json-or-stream.ts'
export { ReplyQueue } from '../server/reply-queue.ts'
export { createServerExtra } from '../server/request-scope.ts'
export { sanitizeError } from '../server/sanitize-error.ts'
export { ServerTransport } from '../server/server-transport.ts'
export { isObject } from '../utils/type-guards.ts'
export { checkBatch, readAcceptable } from './serve.ts'
