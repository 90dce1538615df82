import { discardBody } from './http/discard-body.ts'
import { errorResponse, handlerClosed, methodNotAllowed, Refusal } from './http/errors.ts'
import { markObservable } from './http/exchange-observer.ts'
import type { McpHandlerRequestOptions } from './http/fetch-handler.ts'
import { admit } from './http/read-json.ts'
import { acknowledge } from './http/response-writer.ts'
import { changeRequestOptions, toFetch } from './http/to-fetch.ts'
import { identified } from './identity/auth-info.ts'
import { fulfill } from './input/fulfill-input.ts'
import type { LegacyHandler } from './legacy/extension-point.ts'
import { runLegacyCall } from './legacy/run-call.ts'
import { refuseLegacy, serveStateless, toLegacyRequest } from './legacy/serve.ts'
import { openListeners } from './modern/listen.ts'
import { createInternalCall, serveModern } from './modern/serve.ts'
import type { CreateMcpHandlerOptions } from './options.ts'
import { route } from './protocol/envelope.ts'
import { createNotifier, type ServerEventBus, type ServerNotifier } from './protocol/events.ts'
import { readId } from './protocol/json-rpc.ts'
import { checkElements } from './protocol/validation-bounds.ts'
import { isModernVersion } from './protocol/versions.ts'
import { type ReadOptions, readOptions } from './read-options.ts'
import { cleanUp } from './server/cleanup.ts'
import { type CloseOptions, createClosing } from './server/close-handler.ts'
import { createServer } from './server/create-server.ts'
import { deliverNotifications, notificationRequester } from './server/deliver-notifications.ts'
import { DroppedMessages } from './server/dropped-messages.ts'
import type { McpServerFactory } from './server/factory.ts'
import { dropUndelivered, guardServer } from './server/guard-server.ts'
import { createHandlerContext, type HandlerContext } from './server/handler-context.ts'
import { shown } from './utils/check-options.ts'

/** The handler of `createMcpHandler`. As a default export it is a Worker, a Deno or a Bun server. */
export interface McpHttpHandler {
  /**
   * Answers one HTTP request. It is bound, so it may be detached. Refusals and errors become responses; it rejects
   * only after `close()`. A request that is aborted with a `Refusal` as the reason is answered with that.
   */
  fetch: (request: Request, options?: McpHandlerRequestOptions) => Promise<Response>
  /**
   * Refuses new requests, ends requests in flight and every stream, and resolves once every server is closed. A second
   * call without `drainTimeoutMs` stops waiting for requests.
   */
  close: (options?: CloseOptions) => Promise<void>
  /** Announces changes to the clients that listen. */
  notify: ServerNotifier
  /** The bus that carries the changes. */
  bus: ServerEventBus
}

/**
 * Serves MCP over HTTP from one factory: 2026-07-28 clients and, unless `legacy` is `'reject'`, 2025-era clients.
 *
 * It checks neither `Host`, `Origin` nor tokens. Wrap it with `withGuard` and `withAuth`, or put other code in front.
 *
 * @param factory - Builds a fresh server for every request; a server that has served before is refused.
 * @param options - See {@link CreateMcpHandlerOptions}.
 * @throws TypeError for an unknown option, and for a factory that is not a function.
 * @throws RangeError for an option value that is not allowed.
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
  const { legacy: legacyOption, extensions, ...settings } = readOptions(options)
  const handler = createHandlerContext(checkFactory(factory), settings, extensions)
  const legacy = createLegacy(handler, legacyOption)
  if (legacy.bus) settings.bus = legacy.bus
  const listeners = openListeners(handler)
  if (!handler.extensions.isEmpty) {
    const call = createInternalCall(handler, listeners)
    handler.extensions.open({ bus: settings.bus, states: handler.states, report: handler.report, call })
  }

  async function serve(request: Request, given: McpHandlerRequestOptions): Promise<Response> {
    if (handler.closed) throw handlerClosed()
    let body: unknown
    try {
      const options = given.authInfo === undefined ? given : identified(given)
      if (request.method !== 'POST') return await answerWithoutBody(request, options)
      const admitted = await admit(request, options, settings)
      body = admitted.body
      if (!admitted.isSmall) checkElements(body, settings.maxToolInputElements)
      const routed = route(request, body)
      if (routed.era === 'legacy') {
        return await legacy.fetch(request, changeRequestOptions(options, { parsedBody: body }))
      }
      if (routed.isRequest) {
        const { message, envelope } = routed
        const { accepted } = admitted
        // Member by member: V8 keeps objects that are made of a spread and other members until a major collection,
        // with all that they lead to.
        return await serveModern(handler, listeners, { message, envelope, http: request, accepted, options })
      }
      const context = { era: 'modern', authInfo: options.authInfo, requestInfo: request } as const
      await deliverNotifications(handler, context, notificationRequester, [routed.message], routed.envelope)
      return acknowledge()
    } catch (error) {
      given.observer?.failed?.(error)
      handler.report(error)
      await discardBody(request)
      return errorResponse(error, readId(body))
    }
  }

  async function answerWithoutBody(request: Request, options: McpHandlerRequestOptions): Promise<Response> {
    const methods = listMethods(legacy, options)
    const isLegacy =
      methods.includes(request.method) && !isModernVersion(request.headers.get('mcp-protocol-version'))
    if (isLegacy) return legacy.fetch(request, options)
    throw methodNotAllowed(['POST', ...methods])
  }

  const closing = createClosing(handler, legacy, listeners)
  return {
    fetch: markObservable(toFetch(serve)),
    close: closing,
    notify: createNotifier(settings.bus),
    bus: settings.bus,
  }
}

function checkFactory(factory: McpServerFactory): McpServerFactory {
  if (typeof factory === 'function') return factory
  throw new TypeError(
    `createMcpHandler: factory must be a function that returns a new server for each request (got ${shown(factory)})`,
  )
}

// Without streaming, GET is not allowed, since it opens a stream.
const listMethods = (
  { methods = [] }: LegacyHandler,
  { streaming }: McpHandlerRequestOptions,
): readonly string[] => (streaming === false ? methods.filter((method) => method !== 'GET') : methods)

function createLegacy(handler: HandlerContext, legacy: ReadOptions['legacy']): LegacyHandler {
  if (legacy === 'reject') return { fetch: (request, { parsedBody }) => refuseLegacy(request, parsedBody) }
  if (legacy === 'stateless') {
    return { fetch: (request, options) => serveStateless(handler, request, options) }
  }
  return legacy.create({
    settings: handler.settings,
    createServer: async (context) => {
      const server = await createServer(handler, context)
      guardServer(server, new DroppedMessages(handler))
      return server
    },
    cleanUp: (server, sessionId) => cleanUp(server, sessionId).catch(handler.report),
    drop: dropUndelivered,
    report: handler.report,
    extensions: {
      addCapabilities: (result) => handler.extensions.addCapabilities(result),
      describeTools: (result) => handler.extensions.describeTools(result),
      runCall: (message, caller, server) => runLegacyCall(handler, message, caller, server),
      answer: (message, caller) =>
        handler.extensions.answer(message.method, 'legacy', () => toLegacyRequest(message, caller)),
    },
    fulfill: (message, extra, ask) => fulfill(message, extra, ask, handler.settings.requestState.maxRounds),
  })
}

/**
 * Returns whether a handler would serve a request as 2025-era traffic; false if it would refuse it as 2026-07-28 traffic.
 * The request stays readable.
 *
 * @param request - The request; its body is read from a clone.
 * @param parsedBody - The JSON body if it has been read already; then nothing is cloned.
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
    const { body } = await admit(readable, { parsedBody }, settings)
    return route(request, body).era === 'legacy'
  } catch (error) {
    // A body that is not JSON is not a 2026-07-28 request.
    return error instanceof Refusal && error.reason === 'parse-error'
  }
}
