import type { JSONRPCMessage, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import { onNextTurn } from '../utils/event-loop.ts'
import type { Exchange } from './exchange.ts'
import type { McpServerLike } from './factory.ts'
import { getProtocol } from './get-protocol.ts'

const INITIALIZED = 'notifications/initialized'

/** Milliseconds for which a call waits for `oninitialized` of a server, while that waits for no client. */
const INITIALIZED_MS = 1000

/** How many microtasks the SDKs take, at most, to call a handler of a notification. */
const MICROTASKS = 5

/** Whether a message is `notifications/initialized`, which completes the handshake. */
export const isInitialized = (message: JSONRPCMessage): boolean =>
  'method' in message && message.method === INITIALIZED

/**
 * Delivers `notifications/initialized`, and waits until the server has handled it. A request that the server sends to its
 * client meanwhile is answered before the first request of the client, or ends the call.
 *
 * @param connected - The `connect()` of the server, which may wait for its client.
 */
export async function completeHandshake(
  server: McpServerLike,
  exchange: Exchange,
  extra: MessageExtraInfo,
  connected?: Promise<void>,
): Promise<void> {
  const handling = watchInitialized(server)
  exchange.deliver({ jsonrpc: '2.0', method: INITIALIZED }, extra)
  for (let count = 0; count < MICROTASKS; count++) await undefined
  const isHandled = handling?.isCalled ? handling.done : undefined
  if (isHandled) await inTime(exchange, isHandled)
  while (exchange.isAsking) {
    await new Promise<void>((resolve) => exchange.whenQuiet(resolve))
    await new Promise<void>(onNextTurn)
    // The code that sent the request continues with the answer.
    await inTime(exchange, Promise.all([isHandled, connected]))
  }
  exchange.isIntroducing = false
}

interface Handling {
  isCalled: boolean
  readonly done: Promise<unknown>
}

/** Watches `oninitialized` of the SDK's server; undefined if it is not set. */
function watchInitialized(server: McpServerLike): Handling | undefined {
  const inner = getProtocol(server)
  const { oninitialized } = inner as { oninitialized?: unknown }
  if (typeof oninitialized !== 'function') return undefined
  let settle: (done: unknown) => void = () => {}
  const handling: Handling = {
    isCalled: false,
    done: new Promise((resolve) => {
      settle = resolve
    }),
  }
  ;(inner as { oninitialized: unknown }).oninitialized = async function (this: unknown) {
    handling.isCalled = true
    try {
      await oninitialized.call(this)
    } finally {
      settle(undefined)
    }
  }
  return handling
}

/** Waits for a promise of a server, at most until its exchange is over or one second has passed. */
export function inTime(exchange: Exchange, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, INITIALIZED_MS)
    exchange.whenOver(done)
    work.then(done, done)
  })
}
