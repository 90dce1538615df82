import type { JSONRPCNotification, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { handlerClosed, neverStreamed, notAcceptable, Refusal, readAbortReason } from '../http/errors.ts'
import { type EventStream, openEventStream, toFrame } from '../http/sse.ts'
import { type Counted, callerKey, countedFor } from '../identity/caller-key.ts'
import { SERVER_INFO_KEY, SUBSCRIPTION_ID_KEY } from '../protocol/envelope.ts'
import { type ServerEvent, subscribeTo, toNotification } from '../protocol/events.ts'
import { honor, readFilter, toTopic } from '../protocol/subscription-filter.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import type { ListeningClient } from '../server/resource-subscriptions.ts'
import { isWorkerd } from '../utils/event-loop.ts'
import { type Incoming, toIncomingRequest } from './incoming.ts'

/** How many frames a listener may leave unread before its stream is ended. */
const MAX_BACKLOG = 1024

interface Listener {
  id: RequestId
  events: EventStream
  topics: string[]
  serverInfo: Introduction['serverInfo']
  /** The key of the caller; undefined if it is not known. */
  counted: Counted[]
  /** Called once the stream has ended. */
  onended?: () => void
  /** Ends the stream's own subscription, on Workers. */
  unsubscribe?: () => void
}

/** An open stream. */
export interface Listening extends ListeningClient {
  readonly response: Response
}

/** The part of a stream that belongs to extensions. */
interface Extended {
  honored: object
  topics: readonly string[]
}

/** The open `subscriptions/listen` streams of a handler. */
export interface Listeners {
  /** Opens a stream: acknowledgement first, then changes as they are published. */
  listen(incoming: Incoming, introduction: Introduction, extended: Extended): Listening
  /** Ends every stream with its final result. */
  close(): void
}

export function openListeners(handler: HandlerContext): Listeners {
  const { bus, maxSubscriptions, maxSubscriptionsPerCaller } = handler.settings
  const open = new Set<Listener>()
  const byTopic = new Map<string, Set<Listener>>()
  const counts = new Map<string, number>()
  let unsubscribe: (() => void) | undefined

  function add(listener: Listener): void {
    // It comes first, so that a bus which throws leaves no listener behind.
    // On Workers, what a bus opens ends with the request that opened it, so each stream has its own subscription.
    if (isWorkerd)
      listener.unsubscribe = subscribeTo(bus, (event) => publish(event, listener), handler.report)
    else unsubscribe ??= subscribeTo(bus, (event) => publish(event), handler.report)
    open.add(listener)
    count(listener, 1)
    for (const topic of listener.topics) byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(listener))
  }

  function remove(listener: Listener): void {
    if (open.delete(listener)) {
      count(listener, -1)
      listener.unsubscribe?.()
      listener.onended?.()
    }
    for (const topic of listener.topics) {
      const listeners = byTopic.get(topic)
      listeners?.delete(listener)
      if (listeners?.size === 0) byTopic.delete(topic)
    }
    if (open.size > 0) return
    unsubscribe?.()
    unsubscribe = undefined
  }

  function count({ counted }: Listener, change: 1 | -1): void {
    for (const [key] of counted) {
      const streams = (counts.get(key) ?? 0) + change
      if (streams > 0) counts.set(key, streams)
      else counts.delete(key)
    }
  }

  function checkLimits(counted: Counted[]): void {
    if (open.size >= maxSubscriptions) throw new Refusal('subscription-limit', 'Subscription limit reached')
    if (counted.every(([key, times]) => (counts.get(key) ?? 0) < maxSubscriptionsPerCaller * times)) return
    throw new Refusal('subscription-limit', 'Subscription limit of this caller reached')
  }

  function publish(event: ServerEvent, only?: Listener): void {
    const listeners = byTopic.get(toTopic(event))
    if (only && !listeners?.has(only)) return
    const { method, params } = toNotification(event)
    // Different clients use the same request ids, so each frame is created once for all listeners with its id.
    const frames = new Map<RequestId, Uint8Array>()
    for (const listener of only ? [only] : (listeners ?? [])) {
      const { id } = listener
      const frame = frames.get(id) ?? toFrame(tagged(listener, method, params))
      frames.set(id, frame)
      listener.events.send(frame)
      if (listener.events.backlog() < MAX_BACKLOG) continue
      handler.report(new Error('A listener reads too slowly'))
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
    listen({ message: request, accepted, http, options }, introduction, extended) {
      const { responseWriter } = options
      if (handler.closed) throw handlerClosed()
      if (!accepted.sse) throw notAcceptable('text/event-stream')
      const [own, ownTopics] = honor(readFilter(request), introduction.capabilities)
      const notifications = { ...own, ...extended.honored }
      const topics = [...ownTopics, ...extended.topics.map((topic) => toTopic({ kind: 'extension', topic }))]
      const counted = countedFor(options)
      checkLimits(counted)
      const events = openEventStream(handler.keepAlive, () => remove(listener), responseWriter)
      const { serverInfo } = introduction
      const listener: Listener = { id: request.id, events, topics, serverInfo, counted }
      events.write(tagged(listener, 'notifications/subscriptions/acknowledged', { notifications }))
      try {
        add(listener)
      } catch (error) {
        events.end()
        throw error
      }
      if (!responseWriter?.noticesDisconnect?.(http)) {
        const { signal } = http
        const abort = (): void =>
          readAbortReason(signal).reason === 'client-left' ? leave(listener) : finish(listener)
        signal.addEventListener('abort', abort, { once: true })
        if (signal.aborted) abort()
      }
      if (topics.length === 0) finish(listener)
      return {
        response: events.response,
        uris: own.resourceSubscriptions ?? [],
        caller: callerKey(options),
        whenEnded(callback) {
          if (open.has(listener)) listener.onended = callback
          else callback()
        },
      }
    },
    close: () => open.forEach(finish),
  }
}

/**
 * Opens a stream of changes. A server with a handler for `resources/subscribe` is kept as long as the stream.
 *
 * @throws Refusal if responses are not streamed, the filter is not valid, or a limit is reached.
 */
export async function listen(
  handler: HandlerContext,
  listeners: Listeners,
  answerer: Answerer,
  introduction: Introduction,
  incoming: Incoming,
): Promise<Response> {
  if (incoming.options.streaming === false) throw neverStreamed()
  const filter = readFilter(incoming.message)
  const [honored, topics] = await handler.extensions.honor(filter, toIncomingRequest(incoming))
  const listening = listeners.listen(incoming, introduction, { honored, topics })
  await handler.subscriptions.open(answerer, listening)
  return listening.response
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
