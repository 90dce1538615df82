import type {
  JSONRPCNotification,
  JSONRPCRequest,
  RequestId,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from './accept.ts'
import { notificationOf, type ServerEvent } from './bus.ts'
import { SERVER_INFO_KEY, SUBSCRIPTION_ID_KEY } from './envelope.ts'
import type { Host } from './host.ts'
import type { Introduction } from './introduce.ts'
import { isObject } from './json-rpc.ts'
import { abortionOf, handlerClosed, invalidParams, notAcceptable, Refusal } from './refusal.ts'
import type { Responses } from './responses.ts'
import { type EventStream, frameOf, openEventStream } from './sse.ts'

/** How many frames a listener may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

const LISTS = ['tools', 'prompts', 'resources'] as const

/** What a client asks to hear of (2026-07-28 subscriptions). */
interface SubscriptionFilter {
  toolsListChanged?: boolean
  promptsListChanged?: boolean
  resourcesListChanged?: boolean
  resourceSubscriptions?: string[]
}

interface Listener {
  id: RequestId
  events: EventStream
  topics: string[]
  serverInfo: Introduction['serverInfo']
}

/** The open `subscriptions/listen` streams of a handler. */
export interface Listeners {
  /** Opens a stream: acknowledgement first, then changes as they are published. */
  listen(
    request: JSONRPCRequest,
    accepted: Accepted,
    introduction: Introduction,
    http: Request,
    responses?: Responses,
  ): Response
  /** Ends every stream with its final result. */
  close(): void
}

export function openListeners(host: Host): Listeners {
  const { bus, maxSubscriptions } = host.settings
  const open = new Set<Listener>()
  const byTopic = new Map<string, Set<Listener>>()
  let unsubscribe: (() => void) | undefined

  function add(listener: Listener): void {
    open.add(listener)
    for (const topic of listener.topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(listener))
    unsubscribe ??= bus.subscribe(publish)
  }

  function remove(listener: Listener): void {
    open.delete(listener)
    for (const topic of listener.topics) {
      const listeners = byTopic.get(topic)
      listeners?.delete(listener)
      if (listeners?.size === 0) byTopic.delete(topic)
    }
    if (open.size > 0) return
    unsubscribe?.()
    unsubscribe = undefined
  }

  function publish(event: ServerEvent): void {
    const { method, params } = notificationOf(event)
    // clients count from the same number
    const frames = new Map<RequestId, Uint8Array>()
    for (const listener of byTopic.get(topicOf(event)) ?? []) {
      const { id } = listener
      const frame = frames.get(id) ?? frameOf(tagged(listener, method, params))
      frames.set(id, frame)
      listener.events.send(frame)
      if (listener.events.backlog() < MAX_BACKLOG) continue
      host.report(new Error('A listener reads too slowly'))
      finish(listener)
    }
  }

  function finish(listener: Listener): void {
    const { id, events, serverInfo } = listener
    const _meta = { [SUBSCRIPTION_ID_KEY]: id, [SERVER_INFO_KEY]: serverInfo }
    events.write({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta } })
    leave(listener)
  }

  function leave(listener: Listener): void {
    remove(listener)
    listener.events.end()
  }

  return {
    listen(request, accepted, introduction, http, responses) {
      if (host.closed) throw handlerClosed()
      if (!accepted.sse) throw notAcceptable('text/event-stream')
      const [notifications, topics] = honor(readFilter(request), introduction.capabilities)
      if (open.size >= maxSubscriptions) throw new Refusal('subscription-limit', 'Subscription limit reached')
      const events = openEventStream(host.keepAlive, () => remove(listener), responses)
      const listener = { id: request.id, events, topics, serverInfo: introduction.serverInfo }
      events.write(tagged(listener, 'notifications/subscriptions/acknowledged', { notifications }))
      add(listener)
      if (responses?.request !== http) {
        const { signal } = http
        const abort = (): void =>
          abortionOf(signal).reason === 'client-left' ? leave(listener) : finish(listener)
        signal.addEventListener('abort', abort, { once: true })
        if (signal.aborted) abort()
      }
      if (topics.length === 0) finish(listener)
      return events.response
    },
    close: () => open.forEach(finish),
  }
}

const tagged = (
  { id }: Listener,
  method: string,
  params: JSONRPCNotification['params'] = {},
): JSONRPCNotification => ({
  jsonrpc: '2.0',
  method,
  params: { ...params, _meta: { ...params._meta, [SUBSCRIPTION_ID_KEY]: id } },
})

function readFilter({ params }: JSONRPCRequest): SubscriptionFilter {
  const filter = params?.notifications
  if (isObject(filter)) {
    const { resourceSubscriptions: uris = [] } = filter
    const areFlags = LISTS.every((list) => typeof (filter[`${list}ListChanged`] ?? false) === 'boolean')
    if (areFlags && Array.isArray(uris) && uris.every((uri) => typeof uri === 'string')) return filter
  }
  throw invalidParams('params.notifications must be a SubscriptionFilter')
}

/** What of a filter the server's capabilities allow, and the topics that this means. */
function honor(filter: SubscriptionFilter, capabilities: ServerCapabilities): [SubscriptionFilter, string[]] {
  const honored: SubscriptionFilter = {}
  const topics: string[] = []
  for (const list of LISTS) {
    const flag = `${list}ListChanged` as const
    if (!filter[flag] || !capabilities[list]?.listChanged) continue
    honored[flag] = true
    topics.push(topicOf({ kind: `${list}_list_changed` }))
  }
  const uris = [...new Set(filter.resourceSubscriptions)]
  if (uris.length > 0 && capabilities.resources?.subscribe) {
    honored.resourceSubscriptions = uris
    topics.push(...uris.map((uri) => topicOf({ kind: 'resource_updated', uri })))
  }
  return [honored, topics]
}

const topicOf = ({ kind, uri = '' }: { kind: string; uri?: string }): string => `${kind} ${uri}`
