import type { JSONRPCMessage, JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEvent, ServerEventBus } from '@portico-mcp/core'
import { eventOf, notificationOf } from '@portico-mcp/core/serving'
import type { EventStore } from './event-store.ts'
import { replayAfter } from './replay.ts'
import { type ChangingList, type SessionState, subscriptionKey } from './session-state.ts'

const LOG = 'changes/all'

const MARK = {} as JSONRPCMessage

/** What changes are published through. */
export interface ChangeBus extends ServerEventBus {
  /** Publishes an event; where there is a log, resolves once it is kept. */
  publish(event: ServerEvent): Promise<void> | void
}

/** Changes that concern every session: one log of them, however many sessions hear of each. */
export interface Changes {
  /** What the handler publishes through: it logs, then publishes. */
  readonly bus: ChangeBus
  /** The place where the log ends; `''` where there is no log. */
  latest(): Promise<string>
  /** What followed a place in the log; undefined where that place is gone. */
  after(place: string): Promise<ServerEvent[] | undefined>
  /** Listens from now on. */
  open(): void
  close(): void
}

export function logChanges(
  bus: ServerEventBus,
  eventStore: EventStore | undefined,
  onevent: (event: ServerEvent) => void,
  report: (error: unknown) => void,
): Changes {
  let stop: (() => void) | undefined
  let latest: Promise<string> | undefined
  let logged: Promise<void> = Promise.resolve()

  const log = async (store: EventStore, event: ServerEvent): Promise<void> => {
    try {
      const id = await store.storeEvent(LOG, toMessage(event))
      bus.publish({ ...event, id })
    } catch (error) {
      // who listens now still hears of it
      report(error)
      bus.publish(event)
    }
  }

  return {
    bus: eventStore
      ? {
          publish: (event) => {
            logged = logged.then(() => log(eventStore, event)).catch(report)
            return logged
          },
          subscribe: (listener) => bus.subscribe(listener),
        }
      : bus,
    async latest() {
      if (!eventStore) return ''
      latest ??= eventStore.storeEvent(LOG, MARK)
      try {
        return await latest
      } catch (error) {
        latest = undefined
        throw error
      }
    },
    async after(place) {
      const events = eventStore && (await replayAfter(eventStore, LOG, place))
      return events?.flatMap(([id, message]) => toEvent(id, message) ?? [])
    },
    open() {
      stop ??= bus.subscribe((event) => {
        if (event.id !== undefined) latest = Promise.resolve(event.id)
        onevent(event)
      })
    },
    close: () => stop?.(),
  }
}

const toMessage = (event: ServerEvent): JSONRPCMessage =>
  ({ ...notificationOf(event), told: event.told }) as JSONRPCMessage

function toEvent(id: string, message: JSONRPCMessage): ServerEvent | undefined {
  const { told, ...notification } = message as JSONRPCNotification & { told?: string }
  const event = 'method' in notification ? eventOf(notification) : undefined
  return event && { ...event, id, ...(told !== undefined && { told }) }
}

/** Whether a session asked for a change, and its client has not heard of it yet. */
export function concerns(event: ServerEvent, key: string, state: SessionState): boolean {
  if (event.told === key) return false
  if (event.kind === 'resource_updated') return state[subscriptionKey(event.uri)] === true
  return state.announces.includes(event.kind.replace('_list_changed', '') as ChangingList)
}
