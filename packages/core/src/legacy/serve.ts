import type {
  InitializeResult,
  JSONRPCMessage,
  JSONRPCNotification,
  JSONRPCRequest,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { type Accepted, readAccept } from '../http/accept.ts'
import { headerMismatch, invalidRequest, notAcceptable, toRefusal } from '../http/errors.ts'
import { type Asker, askStateless } from '../input/client-requests.ts'
import { extraOf } from '../input/server-extra.ts'
import type { Stamp } from '../modern/to-wire.ts'
import type { McpHandlerRequestOptions, McpRequestContext, McpServerLike, Settings } from '../options.ts'
import type { ServerEventBus } from '../protocol/events.ts'
import { unsupportedVersion } from '../protocol/headers.ts'
import { acknowledge, isNotification, isRequest, isResponse } from '../protocol/json-rpc.ts'
import { readCall, readMessage } from '../protocol/read-message.ts'
import { allowsBatches, MODERN_VERSIONS } from '../protocol/versions.ts'
import type { Connection } from '../server/connection.ts'
import { dispatch } from '../server/create-server.ts'
import { deliver } from '../server/deliver.ts'
import { tell } from '../server/deliver-notifications.ts'
import { shortcutOf } from '../server/fast/fast-answerer.ts'
import type { Host } from '../server/handler-context.ts'
import { greet, isInitialized } from '../server/handshake.ts'
import { protocolOf } from '../server/protocol-of.ts'
import { modeOf, respond } from '../server/respond.ts'
import { maskError } from '../server/sanitize-error.ts'
import { SUPPORTED_PROTOCOL_VERSIONS } from '../server/sdk.ts'

/** What a handler lends to whatever serves its 2025-era traffic. */
export interface LegacyHost {
  /** The handler's options with their defaults. */
  readonly settings: Settings
  /** Has the factory build a server; throws a `Refusal` if it has served before. */
  createServer(context: McpRequestContext): Promise<McpServerLike>
  /** Calls the `cleanup` that the factory returned beside a server, if it did; what it throws is reported. */
  cleanUp(server: McpServerLike, sessionId?: string): Promise<void>
  /** Drops what a server sends when no stream could take it to its client; the first of all that is, is reported. */
  drop(server: McpServerLike, message: JSONRPCRequest | JSONRPCNotification): void
  /**
   * Has a client that can answer requests asked for what a returned `input_required` wants.
   *
   * @param message - What the server sent.
   * @param extra - What the server was told with the request; made by `extraOf`, by which `once` recognises a call.
   * @param ask - Puts one question to the client, and resolves with its result.
   * @returns Whether the request is to be delivered again, with the same `extra`, and the message not sent.
   *   Rejects with what `ask` does, and with a `Refusal` where a call takes too many rounds.
   */
  fulfill(message: JSONRPCMessage, extra: MessageExtraInfo, ask: Asker): Promise<boolean>
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}

/** Serves the 2025-era requests of one handler. */
export interface LegacyLeg {
  /** Methods that it serves besides POST; any other gets 405. */
  readonly methods?: readonly ('GET' | 'DELETE')[]
  /** Answers a request; the body of a POST has been read, and comes as `parsedBody`. May throw a `Refusal`. */
  fetch(request: Request, options: McpHandlerRequestOptions): Promise<Response>
  /** What the handler publishes through and listens to from then on, in place of its own bus. */
  readonly bus?: ServerEventBus
  /**
   * Ends what waits for no answer, and resolves once everything in flight has been answered, or the signal
   * says that it is enough.
   */
  drain?(enough: AbortSignal): Promise<void>
  /** Ends everything that is open. */
  close?(): Promise<void>
}

/** A value of the `legacy` option: a way to serve 2025-era traffic. */
export interface LegacyServing {
  /** Called once, when the handler is created. */
  attach(host: LegacyHost): LegacyLeg
}

/** Serves no 2025-era traffic, and says what is served (2026-07-28 versioning). */
export async function refuseLegacy({ headers }: Request, body: unknown): Promise<Response> {
  const call = readCall(body)
  if (!isRequest(call)) return acknowledge()
  const named = headers.get('mcp-protocol-version') ?? undefined
  if (call.method === 'initialize') throw unsupportedVersion(call.params?.protocolVersion ?? named ?? '')
  if (named !== undefined) throw unsupportedVersion(named)
  throw headerMismatch(`The request names no protocol version; served: ${MODERN_VERSIONS}`)
}

/** Serves a 2025-era POST with a fresh server. */
export async function serveStateless(
  host: Host,
  request: Request,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const { authInfo, parsedBody, responses, streaming } = options
  const batch = Array.isArray(parsedBody)
  const messages = batch ? parsedBody.map(readMessage) : [readMessage(parsedBody)]
  const requests = messages.filter(isRequest)
  const version = versionOf(request, requests)
  if (batch) checkBatch(version, messages, requests)
  const context = { era: 'legacy', authInfo, requestInfo: request } as const
  if (requests.length === 0) {
    await tell(host, context, request, askStateless, messages.filter(isNotification), version)
    return acknowledge()
  }
  const accepted = acceptable(request)

  const connection = await dispatch(host, context, extraOf(context), askStateless, request, requests)
  try {
    const mode = modeOf(host, accepted, streaming)
    if (!requests.some(initializes)) {
      const greeting = greet(connection, version)
      if (greeting) await greeting
    }
    const reply = batch
      ? deliverAll(connection, messages)
      : await deliver(connection, requests[0] as JSONRPCRequest, mode)
    return await respond(host, reply ?? connection.exchange, {
      mode,
      responses,
      batch,
      stamp: stampOf(host, connection, requests),
      statusOf: () => 200,
      // a 2025-era client that goes away has not cancelled
      onleave: () => connection.exchange.abandon(),
    })
  } catch (error) {
    connection.end(toRefusal(error))
    throw error
  }
}

/** The 2025-era form of what a server replies. */
function stampOf(host: Host, { server }: Connection, requests: readonly JSONRPCRequest[]): Stamp {
  return (reply) => {
    if (!isResponse(reply)) return reply
    const request = requests.find(({ id }) => id === reply.id)
    if ('error' in reply) return maskError(reply, request, host)
    const isIntroduction = request?.method === 'initialize'
    return isIntroduction ? { ...reply, result: withoutSubscriptions(reply.result, server) } : reply
  }
}

/** Without a session, subscriptions are for the server's own handler: one that has none does not offer them. */
function withoutSubscriptions(result: Result, server: McpServerLike): Result {
  const { capabilities } = result as Partial<InitializeResult>
  if (!capabilities?.resources?.subscribe || subscribes(server)) return result
  const { subscribe: _, ...resources } = capabilities.resources
  return { ...result, capabilities: { ...capabilities, resources } }
}

function subscribes(server: McpServerLike): boolean {
  if (shortcutOf(server)?.isOpen) return false
  const inner = protocolOf(server)
  const { assertCanSetRequestHandler: check } = inner as { assertCanSetRequestHandler?: unknown }
  if (typeof check !== 'function') return true
  try {
    check.call(inner, 'resources/subscribe')
    return false
  } catch {
    return true
  }
}

function deliverAll({ exchange, extra }: Connection, messages: JSONRPCMessage[]): undefined {
  for (const message of messages) {
    if (!isResponse(message) && !isInitialized(message)) exchange.deliver(message, extra)
  }
}

/** What a request without the header speaks (2025-11-25 transports). */
const ASSUMED_VERSION = '2025-03-26'

function versionOf({ headers }: Request, requests: JSONRPCRequest[]): string {
  const version = headers.get('mcp-protocol-version') ?? ASSUMED_VERSION
  if (SUPPORTED_PROTOCOL_VERSIONS.includes(version) || requests.some(initializes)) return version
  const served = SUPPORTED_PROTOCOL_VERSIONS.join(', ')
  throw invalidRequest(`Unsupported protocol version: ${version} (served: ${served})`)
}

const initializes = ({ method }: JSONRPCRequest): boolean => method === 'initialize'

const MAX_BATCH = 100

/** Makes sure that a revision allows a batch, and that it is a good one. */
export function checkBatch(version: string, { length }: JSONRPCMessage[], requests: JSONRPCRequest[]): void {
  if (!allowsBatches(version)) throw invalidRequest(`${version} has no batches`)
  const ids = new Set(requests.map(({ id }) => id))
  if (length > 0 && length <= MAX_BATCH && ids.size === requests.length && !requests.some(initializes)) return
  throw invalidRequest(`A batch has 1 to ${MAX_BATCH} messages, unique ids, no initialize`)
}

/** What a request accepts; refused where that is nothing that can be sent. */
export function acceptable({ headers }: Request): Accepted {
  const accepts = readAccept(headers.get('accept'))
  if (accepts.json || accepts.sse) return accepts
  throw notAcceptable('application/json or text/event-stream')
}
