import type { ServerEvent, ServerEventBus } from '@portico-mcp/core'
import { subscribeTo } from '@portico-mcp/core/internal'
import {
  type ChangingList,
  listSubscriptions,
  type SessionState,
  subscriptionKey,
} from '../store/session-state.ts'
import { type ChangeListener, ChangeLog } from './change-log.ts'
import type { EventStore } from './event-store.ts'

/** What changes are published through. */
export interface ChangeBus extends ServerEventBus {
  /** Publishes an event; where there is a log, resolves once it is kept. */
  publish(event: ServerEvent): Promise<void> | void
}

/** Changes that concern every session, as one node hears of them: from the bus, or in the order of a log. */
export interface ChangeFeed {
  /** What the handler publishes through: it logs, then publishes. */
  readonly bus: ChangeBus
  /** Where every change of is known, if there is an event store. */
  readonly log: ChangeLog | undefined
  /** Listens from now on. */
  open(): void
  close(): void
}

export function createChangeFeed(
  bus: ServerEventBus,
  eventStore: EventStore | undefined,
  listener: ChangeListener,
  report: (error: unknown) => void,
): ChangeFeed {
  const log = eventStore && new ChangeLog(eventStore, listener)
  let stop: (() => void) | undefined

  const onBusEvent = (event: ServerEvent): void => {
    if (!log || event.id === undefined) listener.onevent(event)
    // the log has them in order; the bus only says when to look
    else if (log.isFollowed) log.readNew().catch((error) => stop && report(error))
  }
  return {
    bus: log ? loggedBus(bus, log, report) : bus,
    log,
    open() {
      stop ??= subscribeTo(bus, onBusEvent, report)
    },
    close() {
      stop?.()
      stop = undefined
    },
  }
}

function loggedBus(bus: ServerEventBus, log: ChangeLog, report: (error: unknown) => void): ChangeBus {
  let published: Promise<void> = Promise.resolve()

  const publish = async (event: ServerEvent): Promise<void> => {
    try {
      bus.publish({ ...event, id: await log.add(event) })
    } catch (error) {
      // who listens now still hears of it
      report(error)
      bus.publish(event)
    }
  }
  return {
    publish: (event) => {
      published = published.then(() => publish(event)).catch(report)
      return published
    },
    subscribe: (listener) => bus.subscribe(listener),
  }
}

/** Whether a session asked for a change, and its client has not heard of it yet. */
export function isRelevant(event: ServerEvent, key: string, state: SessionState): boolean {
  if (event.originSessionId === key) return false
  if (event.kind === 'resource_updated') return state[subscriptionKey(event.uri)] === true
  return state.announcedLists.includes(event.kind.replace('_list_changed', '') as ChangingList)
}

/** Every change that a session asked for. */
export const listAllChanges = (state: SessionState): ServerEvent[] => [
  ...state.announcedLists.map((list): ServerEvent => ({ kind: `${list}_list_changed` })),
  ...listSubscriptions(state).map((uri): ServerEvent => ({ kind: 'resource_updated', uri })),
]
