import { addRemedy, noBackChannel } from '../input/client-requests.ts'
import { isBeginningOnce } from '../input/once.ts'
import { isObject, isPromise } from '../utils/type-guards.ts'
import type { HostTransport } from './connect-server.ts'
import type { DroppedMessages, Outgoing } from './dropped-messages.ts'
import { getProtocol } from './get-protocol.ts'
import { guardHandlers } from './guard-handlers.ts'

type Method = (...args: unknown[]) => unknown
type Members = Record<string, Method | undefined>

const QUESTION =
  /^(?:request|ping|elicitInput|createMessage|listRoots|getTask|getTaskResult|listTasks|cancelTask)$/
const NOTIFICATION = /^send[A-Z]\w*(?:Message|Updated|Changed)$/
const EXTRA_QUESTION = /^(?:sendRequest|send|elicitInput|requestSampling)$/
const EXTRA_NOTIFICATION = /^(?:sendNotification|notify|log)$/
const LIST_CHANGED = /^send(?:Tool|Prompt|Resource)ListChanged$/

const GUARDED = Symbol('guarded')

/**
 * Guards the messages that a server sends to its client, for 1.x and 2.x servers: a promise that is not awaited never
 * ends the process, and messages are dropped when the client cannot be reached any more.
 * The handlers of the server are guarded as well, see {@link guardHandlers}.
 *
 * @param server - It is guarded once. A server that is not built as those of the SDKs is left alone.
 * @param dropped - Takes the messages that cannot be delivered; without it, they fail as they do in the SDK.
 */
export function guardServer(server: unknown, dropped?: DroppedMessages): void {
  if (!isObject(server)) return
  const protocol = getProtocol(server) as Record<string, unknown>
  const guarded = (protocol as { [GUARDED]?: ClientConnection })[GUARDED]
  if (guarded) {
    guarded.dropped ??= dropped
    return
  }
  const connection = new ClientConnection(protocol, dropped)
  Object.defineProperty(protocol, GUARDED, { value: connection })
  guardMethods(protocol, connection)
  if (server !== protocol) guardMethods(server, connection)
  guardHandlers(protocol, (functions) => guardExtra(functions as Members, connection))
}

/** Drops the messages that a server sends while it has no transport. */
export function dropUndelivered(server: object, { method, params }: Outgoing): void {
  const { [GUARDED]: connection } = getProtocol(server) as { [GUARDED]?: ClientConnection }
  connection?.dropped?.take({ method, params }, 'the answer, and the client has no stream open for it')
}

/** Sends the messages of one server to its client. */
class ClientConnection {
  readonly #protocol: Record<string, unknown>
  dropped: DroppedMessages | undefined

  constructor(protocol: Record<string, unknown>, dropped: DroppedMessages | undefined) {
    this.#protocol = protocol
    this.dropped = dropped
  }

  get protocol(): Members {
    return this.#protocol as Members
  }

  /** Whether the server is known to have no transport. */
  get isLost(): boolean {
    return 'transport' in this.#protocol && this.#protocol.transport === undefined
  }

  drop(method: string, params?: Record<string, unknown>): void {
    this.dropped?.take({ method, params })
  }

  /** Sends a notification. If the client cannot be reached, it is dropped, and the promise still resolves. */
  async notify(method: string, params: unknown, notify: () => unknown): Promise<unknown> {
    if (this.isLost && this.dropped) return this.drop(method, isObject(params) ? params : undefined)
    try {
      return await notify()
    } catch (error) {
      if (!this.isLost || !this.dropped) throw error
      return this.drop(method)
    }
  }

  /** Sends a request to the client, unless requests are not allowed now. */
  ask(method: string, ask: () => unknown): Promise<unknown> {
    if (this.isLost) this.drop(method)
    const { transport } = this.#protocol as { transport?: HostTransport }
    return watched(method, async () => {
      try {
        return await ask()
      } catch (error) {
        throw addRemedy(error, transport?.remedy)
      }
    })
  }
}

function guardMethods(owner: Record<string, unknown>, connection: ClientConnection): void {
  const members = owner as Members
  for (const name of listSendingMethods(owner)) {
    const method = members[name] as Method
    members[name] = guarded(name, method.bind(owner), connection, owner)
  }
}

function guarded(name: string, method: Method, connection: ClientConnection, owner: object): Method {
  if (QUESTION.test(name)) return asking(name, method, connection)
  if (name === 'notification') return notifying(method, connection)
  if (name === 'createElicitationCompletionNotifier') {
    return (...args) => {
      const notify = method(...args) as Method
      return () => handled(notify())
    }
  }
  // The SDK's `McpServer` announces nothing while it is not connected.
  if (LIST_CHANGED.test(name) && owner !== connection.protocol) {
    return (...args) => (connection.isLost ? connection.protocol[name]?.() : handled(method(...args)))
  }
  return (...args) => handled(method(...args))
}

/** Guards the functions by which a handler reaches its own client: `extra` of 1.x, `ctx.mcpReq` of 2.x. */
function guardExtra(functions: Members, connection: ClientConnection): void {
  for (const [name, call] of Object.entries(functions)) {
    if (typeof call !== 'function') continue
    if (EXTRA_QUESTION.test(name)) functions[name] = asking(name, call, connection)
    else if (EXTRA_NOTIFICATION.test(name)) functions[name] = notifying(call, connection)
  }
}

function asking(name: string, call: Method, connection: ClientConnection): Method {
  return (...args) => {
    const [request] = args
    const method = isObject(request) && typeof request.method === 'string' ? request.method : name
    return connection.ask(method, () => call(...args))
  }
}

function notifying(call: Method, connection: ClientConnection): Method {
  return (...args) => {
    // `ctx.mcpReq.log` of 2.x takes a level as its first argument.
    const { method = 'notifications/message', params } = isObject(args[0]) ? args[0] : {}
    return handled(connection.notify(String(method), params, () => call(...args)))
  }
}

/** Marks a rejection as handled, so that a promise that is not awaited does not end the process. */
export function handled<T>(result: T): T {
  if (isPromise(result)) Promise.resolve(result).catch(() => {})
  return result
}

/** Sends a request, except in the work of `once`: the round would wait for the work, and the work for the next round. */
export function watched<T>(name: string, ask: () => Promise<T>): Promise<T> {
  return handled(
    isBeginningOnce() ? Promise.reject(noBackChannel(name, 'what is done once must not ask')) : ask(),
  )
}

/** Whether a member of the SDK's classes sends something to the client. */
const isOutbound = (name: string): boolean =>
  QUESTION.test(name) ||
  NOTIFICATION.test(name) ||
  name === 'notification' ||
  name === 'createElicitationCompletionNotifier'

const namesOfPrototype = new WeakMap<object, readonly string[]>()

/** Lists the methods that send messages, of every class in the prototype chain of an object. */
function listSendingMethods(owner: object): readonly string[] {
  const prototype = Object.getPrototypeOf(owner) as object
  const known = namesOfPrototype.get(prototype)
  if (known) return known
  const names = new Set<string>()
  for (let one = prototype; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(one))) {
      if (typeof value === 'function' && isOutbound(name)) names.add(name)
    }
  }
  const found = [...names]
  namesOfPrototype.set(prototype, found)
  return found
}
