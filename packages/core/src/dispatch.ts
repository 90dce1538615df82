import type { JSONRPCRequest, RequestInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Asking } from './ask.ts'
import { eventOf } from './bus.ts'
import { Exchange } from './exchange.ts'
import type { Host } from './host.ts'
import { errorMessage } from './json-rpc.ts'
import { lazily } from './lazily.ts'
import { McpServer } from './mcp-server.ts'
import type { McpRequestContext, McpServerLike } from './options.ts'
import { abortionOf, handlerClosed, Refusal, toRefusal } from './refusal.ts'
import { type ServerExtra, setTurn, type Turn, withTurns } from './turn.ts'
import { watchQuestions } from './watch-questions.ts'

/** An exchange whose other side is a fresh server. */
export interface Connection {
  exchange: Exchange
  server: McpServerLike
  /** What handlers are told about the HTTP request. */
  extra: ServerExtra
}

/**
 * Has the factory build a fresh server for a request, and connects it to an exchange.
 *
 * @param request - Its signal ends the exchange; a 2025-era client that goes away has not cancelled.
 */
export async function dispatch(
  host: Host,
  context: McpRequestContext,
  asking: Asking,
  request: Request,
): Promise<Connection> {
  if (host.closed) throw handlerClosed()
  const exchange = openExchange(host, context, asking, request)
  try {
    const server = await exchange.unlessFailed(connect(host, context, exchange))
    return { exchange, server, extra: extraOf(context) }
  } catch (error) {
    exchange.end(toRefusal(error))
    throw error
  }
}

async function connect(host: Host, context: McpRequestContext, exchange: Exchange): Promise<McpServerLike> {
  const server = await createServer(host, context)
  try {
    await server.connect(exchange)
  } finally {
    exchange.whenOver((failure) => release(host, server, failure !== undefined))
  }
  return server
}

function openExchange(host: Host, context: McpRequestContext, asking: Asking, request: Request): Exchange {
  const { requestTimeoutMs } = host.settings
  const exchange: Exchange = new Exchange({
    onrequest: ({ id, method, params }) => {
      asking.ask({ method, params }, exchange).then(
        (result) => exchange.deliver({ jsonrpc: '2.0', id, result }),
        (error) => exchange.deliver(errorMessage(id, toRefusal(error))),
      )
    },
    onanswer: (response) => asking.answer(response, exchange),
    onnotification: (notification, options) => {
      const event = eventOf(notification)
      try {
        if (event) host.settings.bus.publish(event)
      } catch (error) {
        // the SDK announces without waiting: thrown here, it would be nobody's
        host.report(error)
      }
      // 2026-07-28 sends changes to listeners only; a 2025-era handler may address its own caller
      return !event || (context.era === 'legacy' && options?.relatedRequestId !== undefined)
    },
  })
  const expire = (): void =>
    exchange.end(new Refusal('request-timeout', `The answer took more than ${requestTimeoutMs} ms`))
  const leave = (signal: AbortSignal): void => {
    const abortion = abortionOf(signal)
    if (context.era === 'modern' || abortion.reason !== 'client-left') exchange.end(abortion)
  }
  const timer = requestTimeoutMs ? setTimeout(expire, requestTimeoutMs) : undefined
  const unwatch = watch(request, leave)
  const remove = host.exchanges.add(exchange)
  exchange.whenOver(() => {
    clearTimeout(timer)
    unwatch()
    remove()
  })
  return exchange
}

// a signal is dear where it is made when it is first asked for, and most answers are there before it could tell
function watch(request: Request, leave: (signal: AbortSignal) => void): () => void {
  let unwatch: (() => void) | undefined
  const timer = setTimeout(() => {
    const { signal } = request
    const onabort = (): void => leave(signal)
    if (signal.aborted) return onabort()
    signal.addEventListener('abort', onabort)
    unwatch = () => signal.removeEventListener('abort', onabort)
  }, 0)
  return () => {
    clearTimeout(timer)
    unwatch?.()
  }
}

/** Hands a 2026-07-28 request to the server, without what the host has read and the `task` of 2025-11-25. */
export function deliver({ exchange, extra }: Connection, message: JSONRPCRequest, turn?: Turn): void {
  const { task: _, inputResponses: __, requestState: ___, ...params } = message.params ?? {}
  if (turn) setTurn(extra, message.id, turn)
  exchange.expect([message])
  exchange.deliver({ ...message, params }, extra)
}

// a mark on the server itself: collecting what is kept weakly costs more than all of a request
const SERVED = Symbol('served')

/** Has the factory build a server, and makes sure that it has never served. */
export async function createServer(host: Host, context: McpRequestContext): Promise<McpServerLike> {
  const server = await host.factory(context)
  if (typeof server?.connect !== 'function' || typeof server.close !== 'function') {
    throw new Refusal('not-a-server', 'The factory must return a server: connect() and close()')
  }
  if (SERVED in server) {
    throw new Refusal('server-reused', 'The server has served before: build a new one in the factory')
  }
  Reflect.set(server, SERVED, true)
  // which has it done when the SDK is needed
  if (!(server instanceof McpServer)) watchQuestions(server)
  return server
}

function release(host: Host, server: McpServerLike, early: boolean): void {
  const closing = closeServer(server, early).catch(host.report)
  void closing.then(host.closing.add(closing))
}

async function closeServer(server: McpServerLike, early: boolean): Promise<void> {
  // the SDK forgets a request a few microtasks after its reply, and aborts those that it remembers
  for (let turn = early ? 5 : 0; turn < 5; turn++) await undefined
  await server.close()
}

/** What a server is told of a request. */
export function extraOf({ authInfo, requestInfo: request }: McpRequestContext): ServerExtra {
  const requestInfo =
    request &&
    lazily<RequestInfo>(
      { headers: {}, url: undefined },
      { headers: () => Object.fromEntries(request.headers), url: () => new URL(request.url) },
    )
  const extra: ServerExtra = { authInfo, request: undefined, requestInfo }
  return lazily(extra, { request: () => request && withTurns(request, extra) })
}
