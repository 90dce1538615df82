import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { abortionOf, handlerClosed, Refusal, toRefusal } from '../http/errors.ts'
import type { Asking } from '../input/client-requests.ts'
import type { ServerExtra } from '../input/request-context.ts'
import type { BuiltServer, McpRequestContext, McpServerLike } from '../options.ts'
import { eventOf } from '../protocol/events.ts'
import { errorMessage, isObject } from '../protocol/json-rpc.ts'
import { DONE, isPromise, type MaybePromise } from '../utils/maybe-promise.ts'
import { onNextTurn } from '../utils/next-turn.ts'
import { cleanUp, hasCleanup, serverOf } from './cleanup.ts'
import { connectServer, listeningUnlessLate } from './connect-server.ts'
import { Connection } from './connection.ts'
import { Dropped, publish } from './dropped-messages.ts'
import { Exchange } from './exchange.ts'
import { factoryFailure } from './factory-failure.ts'
import { type Shortcut, shortcutOf } from './fast/fast-answerer.ts'
import { guardServer } from './guard-server.ts'
import type { Host } from './handler-context.ts'

/**
 * Has the factory build a fresh server for a request, and connects it to an exchange.
 *
 * @param extra - What the server is told with what it is handed.
 * @param request - Its signal ends the exchange; a 2025-era client that goes away has not cancelled.
 * @param expected - What the client waits for: a question that the server asks first may be the answer to it.
 */
export function dispatch(
  host: Host,
  context: McpRequestContext,
  extra: ServerExtra,
  asking: Asking,
  request: Request,
  expected: readonly JSONRPCRequest[],
): MaybePromise<Connection> {
  if (host.closed) throw handlerClosed()
  const dropped = new Dropped(host)
  const open = (): Exchange => {
    const exchange = openExchange(host, context, asking, request, dropped)
    for (const message of expected) exchange.expect(message)
    return exchange
  }
  const server = createServer(host, context, dropped)
  return isPromise(server)
    ? connectInTime(host, server, open, extra)
    : connectBuilt(host, server, open, extra)
}

function connectBuilt(
  host: Host,
  server: McpServerLike,
  open: () => Exchange,
  extra: ServerExtra,
): MaybePromise<Connection> {
  try {
    const shortcut = independent(server)
    return shortcut ? connectLater(host, server, shortcut, open, extra) : connect(host, server, open(), extra)
  } catch (error) {
    // what user code has put in the place of a method may throw where the SDK takes over
    close(host, server, true)
    throw error
  }
}

/** Connects a server that is promised; whoever waits for it longer than a turn of the event loop can be cancelled. */
function connectInTime(
  host: Host,
  promised: Promise<McpServerLike>,
  open: () => Exchange,
  extra: ServerExtra,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let isConnected = false
    const connectOnce = (connect: () => MaybePromise<Connection>): void => {
      if (isConnected) return
      isConnected = true
      try {
        resolve(connect())
      } catch (error) {
        reject(error)
      }
    }
    // one that is refused is for the exchange to end
    promised.then(
      (server) => connectOnce(() => connectBuilt(host, server, open, extra)),
      () => {},
    )
    onNextTurn(() => connectOnce(() => connect(host, promised, open(), extra)))
  })
}

/** The shortcut of a server that needs no exchange to answer. */
const independent = (server: McpServerLike): Shortcut | undefined => {
  const shortcut = shortcutOf(server)
  return shortcut?.standsFor(server) ? shortcut : undefined
}

function connectLater(
  host: Host,
  server: McpServerLike,
  shortcut: Shortcut,
  openExchange: () => Exchange,
  extra: ServerExtra,
): Connection {
  const release = (failure?: Refusal): void => close(host, server, failure !== undefined)
  const open = (): Exchange => {
    const exchange = openExchange()
    exchange.whenOver(release)
    shortcut.attach(exchange)
    return exchange
  }
  const connection = new Connection({ server, extra, open, release })
  shortcut.connectLater(() => connection.exchange)
  return connection
}

async function connect(
  host: Host,
  server: MaybePromise<McpServerLike>,
  exchange: Exchange,
  extra: ServerExtra,
): Promise<Connection> {
  try {
    return await exchange.unlessFailed(attach(host, server, exchange, extra))
  } catch (error) {
    exchange.end(toRefusal(error))
    throw error
  }
}

async function attach(
  host: Host,
  late: MaybePromise<McpServerLike>,
  exchange: Exchange,
  extra: ServerExtra,
): Promise<Connection> {
  const server = await late
  const release = (failure?: Refusal): void => close(host, server, failure !== undefined)
  exchange.isIntroducing = true
  const connecting = connectServer(server, exchange)
  const { connected } = connecting
  try {
    await listeningUnlessLate(connecting, server, (callback) => exchange.whenOver(callback), host.report)
  } finally {
    exchange.whenOver(release)
  }
  connected.catch((error) => exchange.end(toRefusal(error)))
  return new Connection({ server, extra, open: () => exchange, release, connected }, exchange)
}

function openExchange(
  host: Host,
  context: McpRequestContext,
  asking: Asking,
  request: Request,
  dropped: Dropped,
): Exchange {
  const { requestTimeoutMs } = host.settings
  const exchange: Exchange = new Exchange({
    onrequest: ({ id, method, params }) => {
      const delivered = asking.ask({ method, params }, exchange).then(
        (result) => exchange.deliver({ jsonrpc: '2.0', id, result }),
        (error) => exchange.deliver(errorMessage(id, toRefusal(error))),
      )
      // a transport's `onmessage` of the user's may throw
      delivered.catch((error) => exchange.end(toRefusal(error)))
    },
    onanswer: (response) => asking.answer(response, exchange),
    onnotification: (notification, options) => {
      const event = eventOf(notification)
      // a server that sets itself up for one request has not changed for anybody else
      if (event && event.kind !== 'resource_updated' && exchange.isIntroducing) return false
      if (event) publish(host, event)
      // 2026-07-28 sends changes to listeners only; a 2025-era handler may address its own caller
      return !event || (context.era === 'legacy' && options?.relatedRequestId !== undefined)
    },
    ondropped: (message) => dropped.take(message),
  })
  if (context.era === 'legacy') exchange.wayOut = asking.wayOut
  const expire = (): void => {
    if (exchange.isKept) return
    exchange.end(new Refusal('request-timeout', `The answer took more than ${requestTimeoutMs} ms`))
  }
  const leave = (abortion: Refusal): void => {
    // an exchange that is kept ends with its subscription stream
    if (exchange.isKept) return
    if (context.era === 'modern' || abortion.reason !== 'client-left') exchange.end(abortion)
  }
  const timer = requestTimeoutMs ? setTimeout(expire, requestTimeoutMs) : undefined
  const remove = host.exchanges.add(exchange)
  exchange.whenOver((failure) => {
    if (!failure) dropped.answered()
    if (timer !== undefined) clearTimeout(timer)
    remove()
  })
  watch(exchange, request, leave)
  if (host.ended) exchange.end(handlerClosed())
  return exchange
}

// a signal is dear where it is made when it is first asked for, and most answers are there before it could tell
function watch(exchange: Exchange, request: Request, leave: (abortion: Refusal) => void): void {
  onNextTurn(() => {
    if (exchange.isOver) return
    const { signal } = request
    const onabort = (): void => leave(abortionOf(signal))
    if (signal.aborted) return onabort()
    signal.addEventListener('abort', onabort)
    exchange.whenOver(() => signal.removeEventListener('abort', onabort))
  })
}

// a mark on the server itself: collecting what is kept weakly costs more than all of a request
const SERVED = Symbol('served')

/**
 * Has the factory build a server, and makes sure that it has never served.
 *
 * @param dropped - Takes what the server sends when its client cannot be reached any more.
 */
export function createServer(
  host: Host,
  context: McpRequestContext,
  dropped: Dropped = new Dropped(host),
): MaybePromise<McpServerLike> {
  const served = (built: BuiltServer): McpServerLike => unserved(host, built, dropped)
  let server: MaybePromise<BuiltServer>
  try {
    server = host.factory(context)
  } catch (thrown) {
    throw factoryFailure(thrown, host.factory)
  }
  if (!isPromise(server)) return served(server)
  return server.then(served, (thrown) => {
    throw factoryFailure(thrown, host.factory)
  })
}

function unserved(host: Host, built: BuiltServer, dropped: Dropped): McpServerLike {
  const server = serverOf(built)
  if (typeof server?.connect !== 'function' || typeof server.close !== 'function') {
    if (isObject(server)) void cleanUp(server).catch(host.report)
    throw new Refusal(
      'not-a-server',
      'The factory must return a server: connect() and close(), or { server, cleanup }',
    )
  }
  if (SERVED in server) {
    throw new Refusal('server-reused', 'The server has served before: build a new one in the factory')
  }
  ;(server as { [SERVED]?: true })[SERVED] = true
  const shortcut = shortcutOf(server)
  // the SDK's server within Portico's is guarded when it is built
  if (shortcut?.isOpen) shortcut.dropped = dropped
  else guardServer(server, dropped)
  return server
}

function close(host: Host, server: McpServerLike, early: boolean): void {
  const isSettled = early || shortcutOf(server)?.isOpen
  const closing = isSettled ? closeNow(server) : closeSoon(server)
  if (closing === DONE && !hasCleanup(server)) return
  const closed = closing
    .catch(host.report)
    .then(() => cleanUp(server))
    .catch(host.report)
  void closed.then(host.closing.add(closed))
}

// whatever it throws, it throws late
function closeNow(server: McpServerLike): Promise<void> {
  try {
    return server.close()
  } catch (error) {
    return Promise.reject(error)
  }
}

async function closeSoon(server: McpServerLike): Promise<void> {
  // the SDK forgets a request a few microtasks after its reply, and aborts those that it remembers
  for (let turn = 0; turn < 5; turn++) await undefined
  await server.close()
}
