import type { ObjectHost } from './host.ts'

/** How long and how many events are stored. */
export interface EventLimits {
  maxEventsPerStream: number
  ttlMs: number
}

/** An event of a replay: its position, and its message as JSON text. */
export type SentEvent = [position: string, message: string]

/** Operations on the events of the streams of one scope. */
export interface EventsApi {
  /** @returns The position of the event: letters, digits, `-` and `.`. */
  storeEvent(stream: string, message: string, limits: EventLimits): string
  /** @returns The stream of an event and the events after it; null if the event is not stored. */
  readEvents(position: string, isReplay: boolean): { stream: string; events: SentEvent[] } | null
  deleteEvents(): null
}

interface StreamRow {
  name: string
  origin: string
  last: number
}

interface EventRow {
  place: number
  message: string
}

// The origin makes positions unique across streams, and across storages that an object has had.
const STREAM_COLUMNS = 'name TEXT PRIMARY KEY, origin TEXT NOT NULL UNIQUE, last INTEGER NOT NULL'
const EVENT_COLUMNS = `origin TEXT NOT NULL, place INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (origin, place)`

const POSITION = /^([\w-]{1,40})\.([1-9]\d{0,14})$/

export function createEvents(host: ObjectHost): EventsApi {
  const streams = host.table('streams', STREAM_COLUMNS)
  const events = host.table('events', EVENT_COLUMNS)

  /** Counts one more event of a stream. */
  function count(name: string, expiresAt: number): StreamRow {
    const [known] = streams.read<StreamRow>('SELECT * FROM streams WHERE name = ?', name)
    const { origin = crypto.randomUUID(), last = 0 } = known ?? {}
    streams.write(
      'INSERT OR REPLACE INTO streams (name, origin, last, expires_at) VALUES (?, ?, ?, ?)',
      ...[name, origin, last + 1, expiresAt],
    )
    return { name, origin, last: last + 1 }
  }

  return {
    storeEvent(stream, message, { maxEventsPerStream, ttlMs }) {
      const expiresAt = Date.now() + ttlMs
      const { origin, last } = count(stream, expiresAt)
      events.write(
        'INSERT INTO events (origin, place, message, expires_at) VALUES (?, ?, ?, ?)',
        ...[origin, last, message, expiresAt],
      )
      if (last > maxEventsPerStream)
        events.write('DELETE FROM events WHERE origin = ? AND place <= ?', origin, last - maxEventsPerStream)
      host.expectExpiry(expiresAt)
      return `${origin}.${last}`
    },
    readEvents(position, isReplay) {
      const [, origin, place] = POSITION.exec(position) ?? []
      if (origin === undefined) return null
      const [first, ...rest] = events.read<EventRow>(
        `SELECT place, message FROM events
          WHERE origin = ? AND place >= ? AND expires_at > ? ORDER BY place LIMIT ?`,
        ...[origin, Number(place), Date.now(), isReplay ? -1 : 1],
      )
      if (first?.place !== Number(place)) return null
      const [stream] = streams.read<StreamRow>('SELECT name FROM streams WHERE origin = ?', origin)
      if (!stream) return null
      return {
        stream: stream.name,
        events: rest.map(({ place, message }) => [`${origin}.${place}`, message]),
      }
    },
    deleteEvents() {
      events.read('DELETE FROM events')
      streams.read('DELETE FROM streams')
      return null
    },
  }
}
