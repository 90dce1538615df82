import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { sessionEnded } from '../refusals.ts'
import type { Session } from '../session.ts'
import { subscribedUri } from '../store/session-state.ts'
import type { SessionChanges } from '../store/session-store.ts'
import { GET_STREAM } from '../streams/event-id.ts'
import { setLevel } from '../transport/connected-server.ts'
import { receiveFromNode } from '../transport/receive.ts'
import { sendSubscription } from '../transport/resubscribe.ts'
import type { BusMessage } from './session-bus.ts'

/** Handles a message from another node. Messages of this node itself are ignored. */
export function onBusMessage(session: Session, message: BusMessage): void {
  if (message.from !== session.node.id) MESSAGE_HANDLERS[String(message.kind)]?.(session, message)
}

const getMessage = ({ message }: BusMessage): JSONRPCMessage => message as unknown as JSONRPCMessage

const MESSAGE_HANDLERS: Record<string, (session: Session, message: BusMessage) => void> = {
  /** The client sent a response or a notification that the receiving node was not waiting for. */
  clientMessage: (session, message) => receiveFromNode(session, getMessage(message)),
  /** A server sent a message to the GET stream, and there is no event store. */
  serverMessage: ({ streams }, message) => streams.getStream?.write(getMessage(message)),
  /** New events of a stream are in the event store. */
  streamUpdated(session, { stream }) {
    if (stream === GET_STREAM) session.streams.getStream?.wake()
    for (const reader of session.streams.getReaders(stream)) reader.wake()
  },
  /** The client reads a stream from another node now. */
  streamTakenOver: (session, { stream }) => session.streams.leave(String(stream)),
  /** A client waits on another node for a call. The node that runs the call answers with `callRunning`. */
  callProbed(session, { stream }) {
    if (session.streams.writing.has(String(stream)))
      void session.broadcast({ kind: 'callRunning', stream: String(stream) })
  },
  /** Another node still runs a call. */
  callRunning(session, { stream }) {
    for (const reader of session.streams.getReaders(stream)) reader.alive()
  },
  /** The record has changed. */
  recordChanged(session, { changes }) {
    session.record.apply(changes as SessionChanges)
    const transport = session.connected?.transport
    if (!transport) return
    for (const [key, value] of Object.entries(changes as SessionChanges)) {
      const uri = subscribedUri(key)
      const telling =
        uri === undefined ? undefined : sendSubscription(session, transport, uri, value === true)
      telling?.catch(session.node.handlerContext.report)
      if (key === 'logLevel' && typeof value === 'string') {
        setLevel(transport, value).catch(session.node.handlerContext.report)
      }
    }
  },
  /** The client has ended the session. */
  sessionEnded: (session) => void session.drop(sessionEnded()),
}
