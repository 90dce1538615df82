import { handlerClosed, Refusal, toRefusal } from '../http/errors.ts'
import { onNextTurn } from '../utils/event-loop.ts'
import { isObject, isPromise, type MaybePromise } from '../utils/type-guards.ts'
import type { Answerer } from './answerer.ts'
import { cleanUp, closeServer, unwrapServer } from './cleanup.ts'
import { type Connecting, connectServer, listeningUnlessLate } from './connect-server.ts'
import type { Exchange } from './exchange.ts'
import type { BuiltServer, McpRequestContext, McpServerLike } from './factory.ts'
import { factoryFailure } from './factory-failure.ts'
import { FastAnswerer } from './fast/fast-answerer.ts'
import { findFastServer } from './fast/fast-server.ts'
import { guardServer } from './guard-server.ts'
import type { HandlerContext } from './handler-context.ts'
import type { RequestScope } from './request-scope.ts'
import { SdkAnswerer } from './sdk-answerer.ts'
import { isNegotiating } from './sdk-v2.ts'
import { SdkV2Answerer } from './sdk-v2-answerer.ts'

// A mark on the server, or on the fast server behind it: collecting entries of a WeakSet costs more than serving a request.
const SERVED = Symbol('served')

/**
 * Calls the factory, and makes sure that its server has never served.
 *
 * @throws Refusal `not-a-server` or `server-reused`; the error of the factory, with a hint.
 */
export function createServer(
  handler: HandlerContext,
  context: McpRequestContext,
): MaybePromise<McpServerLike> {
  let built: MaybePromise<BuiltServer>
  try {
    built = handler.factory(context)
  } catch (thrown) {
    throw factoryFailure(thrown, handler.factory)
  }
  if (!isPromise(built)) return claimServer(handler, built)
  return built.then(
    (server) => claimServer(handler, server),
    (thrown) => {
      throw factoryFailure(thrown, handler.factory)
    },
  )
}

function claimServer(handler: HandlerContext, built: BuiltServer): McpServerLike {
  // An active fast server has the `connect()` of its class, and each read through a server's proxy takes time.
  const fast = findFastServer(built)
  const isFast = fast?.isActive === true && fast.self === built
  const server = isFast ? fast.self : unwrapServer(built)
  if (!(isFast || typeof server?.connect === 'function') || typeof server.close !== 'function') {
    if (isObject(server)) void cleanUp(server).catch(handler.report)
    throw new Refusal(
      'not-a-server',
      'The factory must return a server: connect() and close(), or { server, cleanup }',
    )
  }
  const marked = (findFastServer(server) ?? server) as { [SERVED]?: true }
  if (SERVED in marked) {
    throw new Refusal('server-reused', 'The server has served before: build a new one in the factory')
  }
  marked[SERVED] = true
  return server
}

/**
 * Calls the factory for a request, and creates the answerer for its server. There are three kinds:
 *
 * - {@link FastAnswerer} for Portico's `McpServer`, while no user code has replaced a method that it answers for and if
 *   the factory takes no longer than a turn of the event loop;
 * - {@link SdkV2Answerer} for a 2026-07-28 request to a server of the 2.x SDK, which speaks that revision itself;
 * - {@link SdkAnswerer} for every other server.
 *
 * `chooseAnswerer` chooses the first, which needs no exchange; `connect` chooses between the other two, once the server
 * is connected to one. No other file depends on the choice.
 *
 * @throws Refusal `closed` if the handler is closed, and what {@link createServer} throws.
 */
export function createAnswerer(scope: RequestScope): MaybePromise<Answerer> {
  if (scope.handler.closed) throw handlerClosed()
  const server = createServer(scope.handler, scope.context)
  return isPromise(server) ? chooseAnswererInTime(server, scope) : chooseAnswerer(server, scope)
}

function chooseAnswerer(server: McpServerLike, scope: RequestScope): MaybePromise<Answerer> {
  try {
    const fast = findFastServer(server)
    return fast?.canAnswerFor(server)
      ? new FastAnswerer(fast, scope)
      : connectInExchange(server, scope.openExchange(), scope)
  } catch (error) {
    // A method that user code has replaced may throw when the SDK takes over.
    closeServer(scope.handler, server, true)
    throw error
  }
}

/** A factory that takes longer than a turn of the event loop can be cancelled: the exchange is opened meanwhile. */
function chooseAnswererInTime(promised: Promise<McpServerLike>, scope: RequestScope): Promise<Answerer> {
  return new Promise((resolve, reject) => {
    let isChosen = false
    const chooseOnce = (choose: () => MaybePromise<Answerer>): void => {
      if (isChosen) return
      isChosen = true
      try {
        resolve(choose())
      } catch (error) {
        reject(error)
      }
    }
    // If the factory fails, `connectInExchange` rejects with its error.
    promised.then(
      (server) => chooseOnce(() => chooseAnswerer(server, scope)),
      () => {},
    )
    onNextTurn(() => chooseOnce(() => connectInExchange(promised, scope.openExchange(), scope)))
  })
}

async function connectInExchange(
  server: MaybePromise<McpServerLike>,
  exchange: Exchange,
  scope: RequestScope,
): Promise<Answerer> {
  try {
    return await exchange.replies.unlessFailed(connect(server, exchange, scope))
  } catch (error) {
    exchange.end(toRefusal(error))
    throw error
  }
}

async function connect(
  promised: MaybePromise<McpServerLike>,
  exchange: Exchange,
  scope: RequestScope,
): Promise<Answerer> {
  const server = await promised
  const { handler, context, dropped } = scope
  let connecting: Connecting
  try {
    guardServer(server, dropped)
    exchange.isIntroducing = true
    connecting = connectServer(server, exchange)
    await listeningUnlessLate(connecting, server, (callback) => exchange.whenOver(callback), handler.report)
  } finally {
    exchange.whenOver((failure) => closeServer(handler, server, failure !== undefined))
  }
  const { connected } = connecting
  connected.catch((error) => exchange.end(toRefusal(error)))
  const Chosen = context.era === 'modern' && isNegotiating(server) ? SdkV2Answerer : SdkAnswerer
  return new Chosen(server, exchange, scope, connected)
}
