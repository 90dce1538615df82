import type { ObjectHost } from './host.ts'

/** Milliseconds that messages are kept for listeners that reconnect. */
const KEPT_MS = 30_000
/** The number of sends that are kept at most. */
const MAX_KEPT = 1000

/** What a listener receives: the position behind these messages, and the messages. */
export type Frame = [position: number, messages: string[]]

/** The channel of an object: WebSockets receive what is sent to it. */
export interface ChannelApi {
  /** Sends messages to every listener, and keeps them for listeners that reconnect. */
  send(messages: string[]): null
}

/** A {@link ChannelApi} with what the object itself needs. */
export interface Channel extends ChannelApi {
  /** The frames after a position, and one without messages that says where the listener is then. */
  readAfter(position: number): string[]
}

interface Row {
  position: number
  messages: string
}

const toFrame = ({ position, messages }: Row): string => `[${position},${messages}]`

/**
 * Positions are microseconds since the epoch, so that they grow even if the storage has been emptied in the meantime, and
 * a listener can begin at a time.
 */
export function createChannel(host: ObjectHost): Channel {
  const table = host.table('messages', 'position INTEGER PRIMARY KEY, messages TEXT NOT NULL')
  let last: number | undefined

  function nextPosition(now: number): number {
    last ??= table.read<Row>('SELECT MAX(position) AS position FROM messages')[0]?.position ?? 0
    last = Math.max(last + 1, now * 1000)
    return last
  }

  return {
    send(messages) {
      const now = Date.now()
      const row = { position: nextPosition(now), messages: JSON.stringify(messages) }
      table.write(
        'INSERT INTO messages (position, messages, expires_at) VALUES (?, ?, ?)',
        ...[row.position, row.messages, now + KEPT_MS],
      )
      table.write(
        `DELETE FROM messages WHERE position <=
          MAX(?, COALESCE((SELECT position FROM messages ORDER BY position DESC LIMIT 1 OFFSET ?), 0))`,
        (now - KEPT_MS) * 1000,
        MAX_KEPT,
      )
      host.expectExpiry(now + KEPT_MS)
      host.broadcast(toFrame(row))
      return null
    },
    readAfter(after) {
      const missed = table.read<Row>('SELECT * FROM messages WHERE position > ? ORDER BY position', after)
      return [...missed, { position: nextPosition(Date.now()), messages: '[]' }].map(toFrame)
    },
  }
}
