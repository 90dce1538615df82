import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { sessionEnded } from '../refusals.ts'
import type { Session } from '../session.ts'
import { subscribedUri } from '../store/session-state.ts'
import type { SessionChanges } from '../store/session-store.ts'
import { STANDALONE } from '../streams/event-id.ts'
import { setLevel } from '../transport/connected-server.ts'
import { receiveRelayed } from '../transport/receive.ts'
import { tellSubscription } from '../transport/resubscribe.ts'
import type { BusMessage } from './session-bus.ts'

/** Handles what another node says of a session. */
export function onBusMessage(session: Session, message: BusMessage): void {
  if (message.from !== session.node.id) HEARD[String(message.kind)]?.(session, message)
}

const messageOf = ({ message }: BusMessage): JSONRPCMessage => message as unknown as JSONRPCMessage

const HEARD: Record<string, (session: Session, message: BusMessage) => void> = {
  /** The client has answered or cancelled something: the node that waits for it takes the message. */
  client: (session, message) => receiveRelayed(session, messageOf(message)),
  /** A server has something for the standalone stream, and no store keeps it. */
  message: ({ streams }, message) => streams.standalone?.write(messageOf(message)),
  /** There is more to read on a stream. */
  wake(session, { stream }) {
    if (stream === STANDALONE) session.streams.standalone?.wake()
    for (const reader of session.streams.readersOf(stream)) reader.wake()
  },
  /** Another node has the client on a stream. */
  taken: (session, { stream }) => session.streams.leave(String(stream)),
  /** A node has a client that waits for a call. */
  probe(session, { stream }) {
    if (session.streams.written.has(String(stream)))
      void session.tell({ kind: 'running', stream: String(stream) })
  },
  /** A node runs the call. */
  running(session, { stream }) {
    for (const reader of session.streams.readersOf(stream)) reader.alive()
  },
  /** The record has changed. */
  changed(session, { changes }) {
    session.record.apply(changes as SessionChanges)
    const transport = session.connected?.transport
    if (!transport) return
    for (const [key, value] of Object.entries(changes as SessionChanges)) {
      const uri = subscribedUri(key)
      const telling =
        uri === undefined ? undefined : tellSubscription(session, transport, uri, value === true)
      telling?.catch(session.node.host.report)
      if (key === 'logLevel' && typeof value === 'string') {
        setLevel(transport, value).catch(session.node.host.report)
      }
    }
  },
  /** The client has ended the session. */
  ended: (session) => void session.drop(sessionEnded()),
}
