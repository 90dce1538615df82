import type { JSONRPCRequest, MessageExtraInfo, RequestInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Ask } from './ask.ts'
import { eventOf } from './bus.ts'
import { Exchange } from './exchange.ts'
import type { Host } from './host.ts'
import { lazily } from './lazily.ts'
import type { McpRequestContext, McpServerLike } from './options.ts'
import { clientLeft, handlerClosed, Refusal, toRefusal } from './refusal.ts'

/** An exchange whose other side is a fresh server. */
export interface Connection {
  exchange: Exchange
  server: McpServerLike
  /** What handlers are told about the HTTP request. */
  extra: MessageExtraInfo
}

/**
 * Has the factory build a fresh server for a request, and connects it to an exchange.
 *
 * @param request - Its signal ends the exchange; left out where a client that goes away has not cancelled.
 */
export async function dispatch(
  host: Host,
  context: McpRequestContext,
  ask: Ask,
  request?: Request,
): Promise<Connection> {
  if (host.closed) throw handlerClosed()
  const exchange = openExchange(host, context, ask, request)
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

function openExchange(host: Host, context: McpRequestContext, ask: Ask, request?: Request): Exchange {
  const { requestTimeoutMs } = host.settings
  const exchange: Exchange = new Exchange({
    onrequest: (request) => ask(request, exchange),
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
  const timer = requestTimeoutMs ? setTimeout(expire, requestTimeoutMs) : undefined
  const unwatch = request && watch(request, () => exchange.end(clientLeft()))
  const remove = host.exchanges.add(exchange)
  exchange.whenOver(() => {
    clearTimeout(timer)
    unwatch?.()
    remove()
  })
  return exchange
}

// a signal is dear where it is made when it is first asked for, and most answers are there before it could tell
function watch(request: Request, leave: () => void): () => void {
  let signal: AbortSignal | undefined
  const timer = setTimeout(() => {
    signal = request.signal
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave)
  }, 0)
  return () => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', leave)
  }
}

/** Hands a 2026-07-28 request to the server, without the `task` param of 2025-11-25. */
export function deliver({ exchange, extra }: Connection, message: JSONRPCRequest): void {
  const { task: _, ...params } = message.params ?? {}
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

const extraOf = ({ authInfo, requestInfo: request }: McpRequestContext): MessageExtraInfo => ({
  authInfo,
  requestInfo:
    request &&
    lazily<RequestInfo>(
      { headers: {}, url: undefined },
      { headers: () => Object.fromEntries(request.headers), url: () => new URL(request.url) },
    ),
})
