import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'

/** A change that a server announces, for `subscriptions/listen` streams and sessions that asked for it. */
export type ServerEvent = (
  | { kind: 'tools_list_changed' }
  | { kind: 'prompts_list_changed' }
  | { kind: 'resources_list_changed' }
  | { kind: 'resource_updated'; uri: string }
) & {
  /** Params of the notification that announced the change, sent on with it. */
  params?: JSONRPCNotification['params']
}

/** Carries change events to every open stream; implement it over a pub/sub to reach several processes. */
export interface ServerEventBus {
  /** Publishes an event to every listener. */
  publish(event: ServerEvent): void
  /**
   * Adds a listener.
   *
   * @returns Removes it; may be called again.
   */
  subscribe(listener: (event: ServerEvent) => void): () => void
}

/** A {@link ServerEventBus} within one process; it delivers synchronously. */
export class InMemoryServerEventBus implements ServerEventBus {
  readonly #listeners = new Set<(event: ServerEvent) => void>()
  readonly #onerror: ((error: Error) => void) | undefined

  /** @param onerror - Called with what a listener throws; the other listeners still hear the event. */
  constructor(onerror?: (error: Error) => void) {
    this.#onerror = onerror
  }

  publish(event: ServerEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#onerror?.(error instanceof Error ? error : new Error(String(error)))
      }
    }
  }

  subscribe(listener: (event: ServerEvent) => void): () => void {
    const entry = (event: ServerEvent): void => listener(event)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** How many listeners there are. */
  get listenerCount(): number {
    return this.#listeners.size
  }
}

/** Announces changes to clients that asked for them. Nobody listening is no error. */
export interface ServerNotifier {
  /** Announces `notifications/tools/list_changed`. */
  toolsChanged(): void
  /** Announces `notifications/prompts/list_changed`. */
  promptsChanged(): void
  /** Announces `notifications/resources/list_changed`. */
  resourcesChanged(): void
  /** Announces `notifications/resources/updated` to those who asked for this URI. */
  resourceUpdated(uri: string): void
}

export function createNotifier(bus: ServerEventBus): ServerNotifier {
  return {
    toolsChanged: () => bus.publish({ kind: 'tools_list_changed' }),
    promptsChanged: () => bus.publish({ kind: 'prompts_list_changed' }),
    resourcesChanged: () => bus.publish({ kind: 'resources_list_changed' }),
    resourceUpdated: (uri) => bus.publish({ kind: 'resource_updated', uri }),
  }
}

const METHOD_OF_KIND = {
  tools_list_changed: 'notifications/tools/list_changed',
  prompts_list_changed: 'notifications/prompts/list_changed',
  resources_list_changed: 'notifications/resources/list_changed',
  resource_updated: 'notifications/resources/updated',
} as const

const KIND_OF_METHOD = new Map<string, ServerEvent['kind']>(
  Object.entries(METHOD_OF_KIND).map(([kind, method]) => [method, kind as ServerEvent['kind']]),
)

/** The event that a change notification announces; undefined for any other notification. */
export function eventOf({ method, params }: JSONRPCNotification): ServerEvent | undefined {
  const kind = KIND_OF_METHOD.get(method)
  if (kind === undefined) return undefined
  const forwarded = params === undefined ? {} : { params }
  return kind === 'resource_updated'
    ? { kind, uri: String(params?.uri), ...forwarded }
    : { kind, ...forwarded }
}

/** The notification that announces an event. */
export function notificationOf(event: ServerEvent): JSONRPCNotification {
  const params = event.kind === 'resource_updated' ? { ...event.params, uri: event.uri } : event.params
  return { jsonrpc: '2.0', method: METHOD_OF_KIND[event.kind], ...(params && { params }) }
}
