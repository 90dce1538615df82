import { effect, signal } from '@preact/signals'
import { request, token } from './access.ts'
import { clientEra } from './protocol/era.ts'
import { unrelated } from './protocol/legacy-client.ts'
import { type Notification, Unauthorized } from './protocol/messages.ts'
import { changes, type ListName, offer, readList, reload, watched } from './server.ts'

export type ConnectionState = 'connecting' | 'connected' | 'waiting' | 'unauthorized'

/** The state of the stream of changes, and what the server agreed to announce. */
export const listening = signal<{ state: ConnectionState; agreed?: Record<string, any> }>({
  state: 'connecting',
})

/** Keeps the stream of changes open, with the token and in the era that are chosen. */
export function keepListening(): void {
  unrelated.onnotification = takeNotification
  effect(() => {
    const [, uris, era] = [token.value, watched.value, clientEra.value]
    if (offer.value === undefined) return undefined
    const controller = new AbortController()
    if (era === '2026') void listen(controller.signal, uris)
    else if (era === '2025-session') void subscribe(controller.signal, uris)
    else listening.value = { state: 'connected' }
    return () => controller.abort()
  })
}

const MAX_CHANGES = 200

const LISTS_OF_CHANGE: Record<string, ListName[]> = {
  'notifications/tools/list_changed': ['tools'],
  'notifications/prompts/list_changed': ['prompts'],
  'notifications/resources/list_changed': ['resources', 'templates'],
}

function takeNotification({ method, params }: Notification): void {
  if (method === 'notifications/subscriptions/acknowledged') {
    listening.value = { state: 'connected', agreed: params?.notifications ?? {} }
    return
  }
  const change = { at: Date.now(), method, ...(typeof params?.uri === 'string' && { uri: params.uri }) }
  changes.value = [change, ...changes.value].slice(0, MAX_CHANGES)
  for (const name of LISTS_OF_CHANGE[method] ?? []) void readList(name)
}

const PAUSES_MS = [500, 1000, 2000, 5000, 10_000]

async function listen(signal: AbortSignal, uris: readonly string[]): Promise<void> {
  const notifications = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  }
  let failures = 0
  while (!signal.aborted) {
    listening.value = { state: failures === 0 ? 'connecting' : 'waiting' }
    try {
      await request('subscriptions/listen', { notifications }, { signal, onnotification: takeNotification })
      failures = 1
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Unauthorized) {
        listening.value = { state: 'unauthorized' }
        return
      }
      failures = listening.peek().state === 'connected' ? 1 : failures + 1
    }
    listening.value = { state: 'waiting' }
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1]))
    // changes that were announced meanwhile have been missed
    if (!signal.aborted) void reload()
  }
}

/** Subscribes to resources in the session of the page, whose stream brings all announcements. */
async function subscribe(signal: AbortSignal, uris: readonly string[]): Promise<void> {
  listening.value = { state: 'connecting' }
  try {
    for (const uri of uris) await request('resources/subscribe', { uri }, { signal })
    listening.value = { state: 'connected' }
  } catch (error) {
    if (signal.aborted) return
    listening.value = { state: error instanceof Unauthorized ? 'unauthorized' : 'waiting' }
  }
}
