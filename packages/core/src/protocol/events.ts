import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import { reporter } from '../utils/to-error.ts'
import { isPromise } from '../utils/type-guards.ts'

/** A change that a server announces, for `subscriptions/listen` streams and sessions that listen to it. */
export type ServerEvent = (
  | { kind: 'tools_list_changed' }
  | { kind: 'prompts_list_changed' }
  | { kind: 'resources_list_changed' }
  | { kind: 'resource_updated'; uri: string }
  /** A notification of an extension, for the clients that listen to its topic. */
  | { kind: 'extension'; topic: string; method: string }
) & {
  /** Params of the notification that announced the change; they are passed on. */
  params?: JSONRPCNotification['params']
  /** Its id in a log of changes, if there is one; a bus passes it on unchanged. */
  id?: string
  /** The session whose client has the notification already; a bus passes it on unchanged. */
  originSessionId?: string
}

/** Carries change events to every open stream. Implement it over a pub/sub service to reach several processes. */
export interface ServerEventBus {
  /** Publishes an event to every listener. */
  publish(event: ServerEvent): void
  /**
   * Adds a listener.
   *
   * @returns A function that removes it; it may be called again.
   */
  subscribe(listener: (event: ServerEvent) => void): () => void
}

/** A {@link ServerEventBus} within one process; it delivers synchronously. */
export class InMemoryServerEventBus implements ServerEventBus {
  readonly #listeners = new Set<(event: ServerEvent) => void>()
  readonly #report: (error: unknown) => void

  /** @param onerror - Is called with the error of a listener; the other listeners still get the event. */
  constructor(onerror?: (error: Error) => void) {
    this.#report = reporter(onerror)
  }

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#report(error)
      }
    }
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The number of listeners. */
  get listenerCount(): number {
    return this.#listeners.size
  }
}

/**
 * Subscribes to a bus.
 *
 * @param report - Is called with the error of a bus that fails to remove the listener.
 * @returns A function that ends the subscription; it never throws.
 */
export function subscribeTo(
  bus: ServerEventBus,
  listener: (event: ServerEvent) => void,
  report: (error: unknown) => void,
): () => void {
  const stop: () => unknown = bus.subscribe(listener)
  return () => {
    try {
      const stopped = stop()
      if (isPromise(stopped)) Promise.resolve(stopped).catch(report)
    } catch (error) {
      report(error)
    }
  }
}

/** Announces changes to the clients that listen to them. Without listeners, it does nothing. */
export interface ServerNotifier {
  /** Announces `notifications/tools/list_changed`. */
  toolsChanged(): void
  /** Announces `notifications/prompts/list_changed`. */
  promptsChanged(): void
  /** Announces `notifications/resources/list_changed`. */
  resourcesChanged(): void
  /** Announces `notifications/resources/updated` to the clients that listen to this URI. */
  resourceUpdated(uri: string): void
}

export function createNotifier(bus: ServerEventBus): ServerNotifier {
  const announces = (event: ServerEvent) => () => bus.publish(event)
  return {
    toolsChanged: announces({ kind: 'tools_list_changed' }),
    promptsChanged: announces({ kind: 'prompts_list_changed' }),
    resourcesChanged: announces({ kind: 'resources_list_changed' }),
    resourceUpdated: (uri) => bus.publish({ kind: 'resource_updated', uri }),
  }
}

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/
const UPDATED = 'notifications/resources/updated'

/** Converts a change notification to its event; undefined for any other notification. */
export function toServerEvent({ method, params }: JSONRPCNotification): ServerEvent | undefined {
  if (method === UPDATED) return { kind: 'resource_updated', uri: String(params?.uri), params }
  const list = LIST_CHANGED.exec(method)?.[1]
  return list === undefined ? undefined : ({ kind: `${list}_list_changed`, params } as ServerEvent)
}

/** Converts an event to the notification that announces it. */
export function toNotification(event: ServerEvent): JSONRPCNotification {
  const { kind, params } = event
  if (kind === 'extension') return { jsonrpc: '2.0', method: event.method, params }
  return kind === 'resource_updated'
    ? { jsonrpc: '2.0', method: UPDATED, params: { ...params, uri: event.uri } }
    : { jsonrpc: '2.0', method: `notifications/${kind.replace('_', '/')}`, params }
}
