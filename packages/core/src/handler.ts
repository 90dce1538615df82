import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from './http/accept.ts'
import { discardBody } from './http/discard-body.ts'
import {
  clientLeft,
  errorResponse,
  handlerClosed,
  methodNotAllowed,
  neverStreamed,
  Refusal,
  statusOfError,
  toRefusal,
} from './http/errors.ts'
import { keepAlive } from './http/keep-alive.ts'
import { admit } from './http/read-json.ts'
import { toFetch } from './http/to-fetch.ts'
import { identified } from './identity/auth-info.ts'
import { callerKey } from './identity/caller-key.ts'
import { askOutOfPlace, mayAsk } from './input/client-requests.ts'
import { fulfill } from './input/fulfill-input.ts'
import { openRound } from './input/input-round.ts'
import { requestStates } from './input/request-state.ts'
import { extraOf } from './input/server-extra.ts'
import { type LegacyLeg, refuseLegacy, serveStateless } from './legacy/serve.ts'
import { discover } from './modern/discover.ts'
import { type Listeners, type Listening, openListeners } from './modern/listen.ts'
import { stamp } from './modern/to-wire.ts'
import type {
  CreateMcpHandlerOptions,
  McpHandlerRequestOptions,
  McpServerFactory,
  Settings,
} from './options.ts'
import { createNotifier, type ServerEventBus, type ServerNotifier } from './protocol/events.ts'
import { agree, agreeOnArguments } from './protocol/headers.ts'
import { acknowledge, idOf } from './protocol/json-rpc.ts'
import { isRequestRoute, type ModernRequest, namesModernVersion, route } from './protocol/route.ts'
import { checkElements } from './protocol/validation-bounds.ts'
import { isRemovedMethod } from './protocol/versions.ts'
import { readOptions } from './read-options.ts'
import { cleanUp } from './server/cleanup.ts'
import type { Connection } from './server/connection.ts'
import { createServer, dispatch } from './server/create-server.ts'
import { answer, deliverModern as deliver } from './server/deliver.ts'
import { askNotifier, tell } from './server/deliver-notifications.ts'
import { drain } from './server/drain.ts'
import { dropUndelivered } from './server/guard-server.ts'
import type { Host } from './server/handler-context.ts'
import { completeHandshake } from './server/handshake.ts'
import { introduce } from './server/introduce.ts'
import { Subscriptions } from './server/resource-subscriptions.ts'
import { modeOf, respond } from './server/respond.ts'
import { toolCatalog } from './server/tool-catalog.ts'
import { shown } from './utils/check-options.ts'
import { onNextTurn } from './utils/next-turn.ts'
import { SlotSet } from './utils/slot-set.ts'

/** What `createMcpHandler` returns; as a default export it is a Worker, a Deno or a Bun server. */
export interface McpHttpHandler {
  /**
   * Answers one HTTP request. Bound: it may be detached. Refusals and errors are answers; it rejects
   * only after `close()`. A request that is aborted with a `Refusal` as the reason is answered with it.
   */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
  /**
   * Refuses new requests, ends those in flight and every stream; resolves once every server is closed. Called
   * again without `drainTimeoutMs`, it waits for no request any longer.
   */
  close: (options?: CloseOptions) => Promise<void>
  /** Announces changes to the clients that listen. */
  notify: ServerNotifier
  /** Carries the changes. */
  bus: ServerEventBus
}

/** Options of a handler's `close`. */
export interface CloseOptions {
  /**
   * Milliseconds for which requests in flight may still be answered; streams that wait for changes end at
   * once. @defaultValue 0
   */
  drainTimeoutMs?: number | undefined
}

/**
 * Serves MCP over HTTP: 2026-07-28 and, unless told otherwise, 2025-era clients, from one factory.
 *
 * It checks neither `Host`, `Origin` nor tokens: what stands in front of it does.
 *
 * @param factory - Builds a fresh server for every request; a server that has served before is refused.
 * @param options - See {@link CreateMcpHandlerOptions}.
 * @throws TypeError for an unknown option, and for a factory that is not a function.
 * @throws RangeError for a value that an option must not have.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const handler = createMcpHandler(() => {
 *   const server = new McpServer({ name: 'clock', version: '1.0.0' })
 *   server.registerTool('now', { description: 'Tells the time' }, async () => ({
 *     content: [{ type: 'text', text: new Date().toISOString() }],
 *   }))
 *   return server
 * })
 *
 * export default handler
 * ```
 */
export function createMcpHandler(
  factory: McpServerFactory,
  options: CreateMcpHandlerOptions = {},
): McpHttpHandler {
  const host = createHost(checkFactory(factory), readOptions(options))
  const legacy = attachLegacy(host)
  if (legacy.bus) host.settings.bus = legacy.bus
  const listeners = openListeners(host)

  async function answer(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    let body: unknown
    try {
      const caller = identified(given)
      const methods = methodsOf(legacy, caller)
      if (methods.includes(request.method) && !namesModernVersion(request)) {
        return await legacy.fetch(request, caller)
      }
      if (request.method !== 'POST') throw methodNotAllowed(['POST', ...methods])
      const admitted = await admit(request, caller.parsedBody, host.settings)
      body = admitted.body
      checkElements(body, host.settings.maxToolInputElements)
      const routed = route(request, body)
      if (routed.era === 'legacy') return await legacy.fetch(request, { ...caller, parsedBody: body })
      if (isRequestRoute(routed)) {
        return await answerModern(host, listeners, request, routed, admitted.accepted, caller)
      }
      const context = { era: 'modern', authInfo: caller.authInfo, requestInfo: request } as const
      await tell(host, context, request, askNotifier, [routed.message], routed.envelope)
      return acknowledge()
    } catch (error) {
      host.report(error)
      await discardBody(request)
      return errorResponse(error, idOf(body))
    }
  }

  async function close(drainTimeoutMs: number): Promise<void> {
    host.closed = true
    listeners.close()
    if (drainTimeoutMs > 0) {
      impatience = new AbortController()
      await drain(host, legacy, drainTimeoutMs, impatience.signal)
    }
    host.ended = true
    for (const exchange of host.exchanges.items()) exchange.end(handlerClosed())
    host.tools.close()
    await legacy.close?.().catch(host.report)
    // what needs no exchange is answered by then, or has one, which is over
    await new Promise<void>(onNextTurn)
    await Promise.all(host.closing.items())
  }

  let closing: Promise<void> | undefined
  // not before it is needed: Workers allow none outside of a request
  let impatience: AbortController | undefined
  return {
    fetch: toFetch((request, given) => (closing ? Promise.reject(handlerClosed()) : answer(request, given))),
    close: ({ drainTimeoutMs = 0 } = {}) => {
      closing ??= close(drainTimeoutMs)
      if (drainTimeoutMs <= 0) impatience?.abort()
      return closing
    },
    notify: createNotifier(host.settings.bus),
    bus: host.settings.bus,
  }
}

function checkFactory(factory: McpServerFactory): McpServerFactory {
  if (typeof factory === 'function') return factory
  throw new TypeError(
    `createMcpHandler: factory must be a function that returns a new server for each request (got ${shown(factory)})`,
  )
}

// a GET opens a stream
const methodsOf = (
  { methods = [] }: LegacyLeg,
  { streaming }: McpHandlerRequestOptions,
): readonly string[] => (streaming === false ? methods.filter((method) => method !== 'GET') : methods)

async function answerModern(
  host: Host,
  listeners: Listeners,
  request: Request,
  { message, envelope }: ModernRequest,
  accepted: Accepted,
  options: McpHandlerRequestOptions,
): Promise<Response> {
  const { headers } = request
  const { authInfo, responses, streaming } = options
  agree(headers, message, envelope)
  if (isRemovedMethod(message.method)) throw new Refusal('method-not-found', 'Method not found')

  const context = { era: 'modern', authInfo, requestInfo: request } as const
  const extra = extraOf(context)
  const asking = mayAsk(message.method) ? await openRound(host, message, envelope, extra) : askOutOfPlace
  const connection = await dispatch(host, context, extra, asking, request, [message])
  const lacksMethod = (): boolean =>
    connection.isOpen && connection.exchange.lacksMethod(mayAsk(message.method))
  try {
    const introduction = await introduce(connection, envelope)
    const mode = modeOf(host, accepted, streaming)
    let reply: JSONRPCResponse | undefined
    switch (message.method) {
      case 'subscriptions/listen':
        if (streaming === false) throw neverStreamed()
        return await listen(host, connection, () =>
          listeners.listen(message, accepted, introduction, request, options),
        )
      case 'server/discover':
        reply = answer(
          connection,
          message,
          await discover(connection, message, introduction, streaming),
          mode,
        )
        break
      case 'tools/call': {
        const handshake = completeHandshake(connection)
        if (handshake) await handshake
        if (host.subscriptions.isUsed) await host.subscriptions.tell(connection, callerKey(options))
        if (isAnswered(connection)) break
        await agreeOnArguments(headers, message, (tool) => host.tools.paramHeaders(connection, tool))
        reply = await deliver(connection, message, mode)
        break
      }
      default:
        await completeHandshake(connection)
        reply = await deliver(connection, message, mode)
    }
    return await respond(host, reply ?? connection.exchange, {
      mode,
      responses,
      stamp: stamp(host, message, envelope, introduction, lacksMethod, connection.isModern),
      statusOf: (code) => statusOfError(code, lacksMethod()),
      signal: responses?.request === request ? undefined : () => request.signal,
      onleave: () => connection.end(clientLeft()),
    })
  } catch (error) {
    connection.end(toRefusal(error))
    throw error
  }
}

async function listen(host: Host, connection: Connection, open: () => Listening): Promise<Response> {
  const listening = open()
  await host.subscriptions.open(connection, listening)
  return listening.response
}

// a question that was asked before the call has ended its round
const isAnswered = (connection: Connection): boolean => connection.isOpen && connection.exchange.isOver

function createHost(factory: McpServerFactory, settings: Settings): Host {
  const report = (error: unknown): void => {
    // a client that leaves is no error
    if (!(error instanceof Refusal && error.reason === 'client-left')) settings.onerror(error as Error)
  }
  return {
    factory,
    settings,
    closed: false,
    ended: false,
    exchanges: new SlotSet(),
    subscriptions: new Subscriptions(),
    closing: new SlotSet(),
    tools: toolCatalog(settings.bus, report),
    keepAlive: keepAlive(settings.keepAliveMs),
    states: requestStates(settings.requestState),
    report,
  }
}

// a stateless 2025-era POST takes the same road: dispatch, deliver, respond
function attachLegacy(host: Host): LegacyLeg {
  const { legacy } = host.settings
  if (legacy === 'stateless') return { fetch: (request, caller) => serveStateless(host, request, caller) }
  if (legacy === 'reject') return { fetch: (request, { parsedBody }) => refuseLegacy(request, parsedBody) }
  return legacy.attach({
    settings: host.settings,
    createServer: async (context) => createServer(host, context),
    cleanUp: (server, sessionId) => cleanUp(server, sessionId).catch(host.report),
    drop: dropUndelivered,
    report: host.report,
    fulfill: (message, extra, ask) => fulfill(message, extra, ask, host.settings.requestState.maxRounds),
  })
}

/**
 * Whether a handler would serve a request as 2025-era traffic; what it refuses as 2026-07-28 traffic is
 * not. The request stays readable.
 *
 * @param request - Read from a clone.
 * @param parsedBody - The JSON body, where it has been read already; then nothing is cloned.
 * @param options - The handler's own `maxRequestBodySize`, in bytes (default 4194304).
 */
export async function isLegacyRequest(
  request: Request,
  parsedBody?: unknown,
  options: Pick<CreateMcpHandlerOptions, 'maxRequestBodySize'> = {},
): Promise<boolean> {
  if (request.method !== 'POST') return true
  const settings = readOptions(options)
  try {
    const readable = parsedBody === undefined ? request.clone() : request
    const { body } = await admit(readable, parsedBody, settings)
    return route(request, body).era === 'legacy'
  } catch (error) {
    // what is not JSON is no 2026-07-28 request either
    return error instanceof Refusal && error.reason === 'parse-error'
  }
}
