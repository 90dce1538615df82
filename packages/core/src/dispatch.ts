import type { JSONRPCRequest, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Ask } from './ask.ts'
import { eventOf } from './bus.ts'
import { Exchange } from './exchange.ts'
import type { Host } from './host.ts'
import type { McpRequestContext, McpServerLike } from './options.ts'
import { Refusal } from './refusal.ts'

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
 * @param signal - Ends the exchange; left out where a client that goes away has not cancelled.
 */
export async function dispatch(
  host: Host,
  context: McpRequestContext,
  ask: Ask,
  signal?: AbortSignal,
): Promise<Connection> {
  if (host.closed) throw new Refusal('closed', 'This MCP handler has been closed')
  const exchange = openExchange(host, context, ask, signal)
  try {
    const server = await build(host, context, exchange)
    await server.connect(exchange)
    return { exchange, server, extra: extraOf(context) }
  } catch (error) {
    exchange.fail(
      error instanceof Refusal ? error : new Refusal('internal', 'Internal error', { cause: error }),
    )
    throw error
  }
}

function openExchange(host: Host, context: McpRequestContext, ask: Ask, signal?: AbortSignal): Exchange {
  const { bus, requestTimeoutMs } = host.settings
  const exchange: Exchange = new Exchange({
    onrequest: (request) => ask(request, exchange),
    onnotification: (notification, options) => {
      const event = eventOf(notification)
      if (event) bus.publish(event)
      // 2026-07-28 sends changes to listeners only; a 2025-era handler may address its own caller
      return !event || (context.era === 'legacy' && options?.relatedRequestId !== undefined)
    },
    onend: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
      host.exchanges.delete(exchange)
    },
  })
  const timer = requestTimeoutMs
    ? setTimeout(() => exchange.fail(timedOut(requestTimeoutMs)), requestTimeoutMs)
    : undefined
  const leave = (): void => exchange.fail(new Refusal('client-left', 'The client left'))
  host.exchanges.add(exchange)
  signal?.addEventListener('abort', leave)
  if (signal?.aborted) leave()
  return exchange
}

/** Hands a 2026-07-28 request to the server, without the `task` param of 2025-11-25. */
export function deliver({ exchange, extra }: Connection, message: JSONRPCRequest): void {
  const { task: _, ...params } = message.params ?? {}
  exchange.expect([message])
  exchange.deliver({ ...message, params }, extra)
}

function timedOut(timeoutMs: number): Refusal {
  return new Refusal('request-timeout', `The request was not answered within ${timeoutMs} ms`)
}

async function build(host: Host, context: McpRequestContext, exchange: Exchange): Promise<McpServerLike> {
  const building = createServer(host, context)
  building.then(
    (server) => exchange.whenOver((early) => release(host, server, early)),
    () => {},
  )
  return exchange.unlessFailed(building)
}

const served = new WeakSet<McpServerLike>()

/** Has the factory build a server, and makes sure that it has never served. */
export async function createServer(host: Host, context: McpRequestContext): Promise<McpServerLike> {
  const server = await host.factory(context)
  if (typeof server?.connect !== 'function' || typeof server.close !== 'function') {
    throw new Refusal('not-a-server', 'The factory returned no server: it must have connect() and close()')
  }
  if (served.has(server)) {
    throw new Refusal(
      'server-reused',
      'The factory returned a server that has served before: build a new one in the factory',
    )
  }
  served.add(server)
  return server
}

function release(host: Host, server: McpServerLike, early: boolean): void {
  const closing: Promise<void> = close(server, early)
    .catch(host.report)
    .finally(() => host.closing.delete(closing))
  host.closing.add(closing)
}

async function close(server: McpServerLike, early: boolean): Promise<void> {
  if (!early) await handlerSettled()
  await server.close()
}

// the SDK forgets a request a few microtasks after its reply, and aborts those that it remembers
async function handlerSettled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await undefined
}

function extraOf({ authInfo, requestInfo }: McpRequestContext): MessageExtraInfo {
  if (!requestInfo) return { authInfo }
  return {
    authInfo,
    requestInfo: {
      get headers() {
        return Object.fromEntries(requestInfo.headers)
      },
      get url() {
        return new URL(requestInfo.url)
      },
    },
  }
}
