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

/** The bus that changes are published on. */
export interface ChangeBus extends ServerEventBus {
  /** Publishes an event. If there is a log, resolves once the event is stored. */
  publish(event: ServerEvent): Promise<void> | void
}

/** Changes that may concern any session, from the bus or, with an event store, from the log. */
export interface ChangeFeed {
  /** The bus of the handler. With an event store, it stores an event before publishing it. */
  readonly bus: ChangeBus
  /** The log of changes, if there is an event store. */
  readonly log: ChangeLog | undefined
  /** Starts to listen. */
  open(): void
  close(): void
}

/**
 * Creates the change feed of a node.
 *
 * @param bus - The handler's own bus.
 */
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
    // The log has the changes in order. The bus only signals that there are new ones.
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
      // The event could not be stored. Open streams still get it from the bus.
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

/** Whether the client of a session asked for a change, and was not notified of it on the stream of a call. */
export function isRelevant(event: ServerEvent, key: string, state: SessionState): boolean {
  if (event.originSessionId === key) return false
  if (event.kind === 'resource_updated') return state[subscriptionKey(event.uri)] === true
  return state.announcedLists.includes(event.kind.replace('_list_changed', '') as ChangingList)
}

/** Lists every change that a session asked for. */
export const listAllChanges = (state: SessionState): ServerEvent[] => [
  ...state.announcedLists.map((list): ServerEvent => ({ kind: `${list}_list_changed` })),
  ...listSubscriptions(state).map((uri): ServerEvent => ({ kind: 'resource_updated', uri })),
]
