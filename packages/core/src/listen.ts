import type {
  JSONRPCNotification,
  JSONRPCRequest,
  RequestId,
  ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js'
import type { Accepted } from './accept.ts'
import { notificationOf, type ServerEvent } from './bus.ts'
import { SERVER_INFO_KEY, SUBSCRIPTION_ID_KEY } from './envelope.ts'
import type { Introduction } from './introduce.ts'
import { isObject } from './json-rpc.ts'
import type { Settings } from './options.ts'
import { Refusal } from './refusal.ts'
import { EventStream } from './sse.ts'

/** How many frames a listener may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

const LISTS = ['toolsListChanged', 'promptsListChanged', 'resourcesListChanged'] as const

/** What a client asks to hear of (2026-07-28 subscriptions). */
interface SubscriptionFilter extends Partial<Record<(typeof LISTS)[number], boolean>> {
  resourceSubscriptions?: string[]
}

/** The open `subscriptions/listen` streams of a handler. */
export class Listeners {
  readonly #settings: Settings
  readonly #report: (error: unknown) => void
  readonly #streams = new Set<Listener>()
  readonly #byTopic = new Map<string, Set<Listener>>()
  #unsubscribe: (() => void) | undefined

  constructor(settings: Settings, report: (error: unknown) => void) {
    this.#settings = settings
    this.#report = report
  }

  /** Opens a stream: acknowledgement first, then changes as they are published. */
  listen(
    request: JSONRPCRequest,
    accepted: Accepted,
    signal: AbortSignal,
    introduction: Introduction,
  ): Response {
    if (!accepted.sse)
      throw new Refusal('not-acceptable', 'subscriptions/listen streams: Accept must allow text/event-stream')
    const asked = readFilter(request)
    const { maxSubscriptions, keepAliveMs } = this.#settings
    if (this.#streams.size >= maxSubscriptions) {
      throw new Refusal('subscription-limit', 'Subscription limit reached')
    }
    const honored = honor(asked, introduction.capabilities)
    const events = new EventStream(keepAliveMs, () => this.#remove(listener))
    const listener: Listener = { id: request.id, events, topics: topicsOf(honored), introduction }
    events.write(
      tagged(listener, {
        method: 'notifications/subscriptions/acknowledged',
        params: { notifications: honored },
      }),
    )
    this.#add(listener)
    signal.addEventListener('abort', () => this.#leave(listener), { once: true })
    if (signal.aborted) this.#leave(listener)
    if (listener.topics.length === 0) this.#finish(listener)
    return events.response
  }

  /** Ends every stream with its final result. */
  close(): void {
    for (const listener of this.#streams) this.#finish(listener)
  }

  #add(listener: Listener): void {
    this.#streams.add(listener)
    for (const topic of listener.topics) {
      const listeners = this.#byTopic.get(topic) ?? new Set()
      this.#byTopic.set(topic, listeners.add(listener))
    }
    this.#unsubscribe ??= this.#settings.bus.subscribe((event) => this.#publish(event))
  }

  #remove(listener: Listener): void {
    this.#streams.delete(listener)
    for (const topic of listener.topics) {
      const listeners = this.#byTopic.get(topic)
      listeners?.delete(listener)
      if (listeners?.size === 0) this.#byTopic.delete(topic)
    }
    if (this.#streams.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  #publish(event: ServerEvent): void {
    const notification = notificationOf(event)
    for (const listener of this.#byTopic.get(topicOf(event)) ?? []) {
      if (listener.events.backlog < MAX_BACKLOG) listener.events.write(tagged(listener, notification))
      else this.#drop(listener)
    }
  }

  #drop(listener: Listener): void {
    this.#report(new Error(`A subscription was ended: its client left ${MAX_BACKLOG} messages unread`))
    this.#finish(listener)
  }

  #finish(listener: Listener): void {
    const { id, events, introduction } = listener
    const _meta = { [SUBSCRIPTION_ID_KEY]: id, [SERVER_INFO_KEY]: introduction.serverInfo }
    events.write({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta } })
    this.#leave(listener)
  }

  #leave(listener: Listener): void {
    this.#remove(listener)
    listener.events.end()
  }
}

interface Listener {
  id: RequestId
  events: EventStream
  topics: string[]
  introduction: Introduction
}

type Untagged = { method: string; params?: Record<string, unknown> | undefined }

function tagged({ id }: Listener, { method, params }: Untagged): JSONRPCNotification {
  const meta = isObject(params?._meta) ? params._meta : {}
  return { jsonrpc: '2.0', method, params: { ...params, _meta: { ...meta, [SUBSCRIPTION_ID_KEY]: id } } }
}

function readFilter({ params }: JSONRPCRequest): SubscriptionFilter {
  const filter = params?.notifications
  if (!isObject(filter)) throw invalid('params.notifications is required')
  for (const list of LISTS) {
    if (!['undefined', 'boolean'].includes(typeof filter[list]))
      throw invalid(`notifications.${list} must be a boolean`)
  }
  const uris = filter.resourceSubscriptions ?? []
  if (!Array.isArray(uris) || !uris.every((uri) => typeof uri === 'string')) {
    throw invalid('notifications.resourceSubscriptions must be an array of URIs')
  }
  return filter as SubscriptionFilter
}

function invalid(problem: string): Refusal {
  return new Refusal('invalid-params', `Invalid params: ${problem}`)
}

/** What of a filter the server's capabilities allow. */
function honor(
  asked: SubscriptionFilter,
  { tools, prompts, resources }: ServerCapabilities,
): SubscriptionFilter {
  const uris = asked.resourceSubscriptions ?? []
  return {
    ...(asked.toolsListChanged && tools?.listChanged && { toolsListChanged: true }),
    ...(asked.promptsListChanged && prompts?.listChanged && { promptsListChanged: true }),
    ...(asked.resourcesListChanged && resources?.listChanged && { resourcesListChanged: true }),
    ...(uris.length > 0 && resources?.subscribe && { resourceSubscriptions: [...new Set(uris)] }),
  }
}

const TOPIC_OF_LIST = {
  toolsListChanged: 'tools_list_changed',
  promptsListChanged: 'prompts_list_changed',
  resourcesListChanged: 'resources_list_changed',
} as const

function topicsOf({ resourceSubscriptions = [], ...lists }: SubscriptionFilter): string[] {
  return [
    ...LISTS.filter((list) => lists[list]).map((list) => TOPIC_OF_LIST[list]),
    ...resourceSubscriptions.map((uri) => topicOf({ kind: 'resource_updated', uri })),
  ]
}

function topicOf(event: ServerEvent): string {
  return event.kind === 'resource_updated' ? `${event.kind} ${event.uri}` : event.kind
}
