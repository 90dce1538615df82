import type { JSONRPCMessage, JSONRPCResponse, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import {
  type EventStream,
  errorMessage,
  failPending,
  isResponse,
  jsonOrStream,
  openEventStream,
  type ResponseMode,
  type ResponseWriter,
  toRefusal,
} from '@portico-mcp/core/internal'
import { wrapStoreErrors } from '../refusals.ts'
import type { Session } from '../session.ts'
import type { SessionContext } from '../session-context.ts'
import { supportsPriming } from '../store/session-state.ts'
import { isFinal, toCallEventId } from '../streams/event-id.ts'
import { ENDED, MARK, RENEW_MS } from '../streams/event-store.ts'
import type { Call } from './call.ts'

/** How the replies of a call are sent. */
export interface ResponseShape {
  mode: ResponseMode
  /** Whether the client sent a batch, which is answered with an array. */
  batch: boolean
  /** Writes responses in the adapter's own way, if it has one. */
  responseWriter: ResponseWriter | undefined
}

/** The open stream of a call. */
export interface CallStream {
  readonly events: EventStream
  /** Whether the client is still connected. */
  connected(): boolean
}

/** Opens the stream of a call. */
export function openCallStream(
  { keepAlive }: SessionContext,
  call: Call,
  responseWriter: ResponseWriter | undefined,
): CallStream {
  let connected = true
  const leave = (): void => {
    connected = false
    // A disconnection is no cancellation, but without an event store, no client can read the rest.
    if (call.streamName === undefined) call.abandon()
  }
  const events = openEventStream(keepAlive, leave, responseWriter)
  call.disconnect = () => {
    connected = false
    events.end()
  }
  return { events, connected: () => connected }
}

/**
 * Sends a priming event, so that the client can resume the stream before there is a message (2025-11-25 transports).
 */
export async function prime(
  { settings }: SessionContext,
  session: Session,
  { streamName }: Call,
  { events }: CallStream,
): Promise<void> {
  if (!settings.eventStore || streamName === undefined) return
  const event = await wrapStoreErrors(settings.eventStore.storeEvent(`${session.key}/${streamName}`, MARK))
  events.prime(toCallEventId(streamName, event, MARK), settings.retryMs)
}

/** Answers with the replies of a call. The first ones decide between JSON and a stream. */
export const respond = (
  node: SessionContext,
  session: Session,
  call: Call,
  shape: ResponseShape,
): Promise<Response> =>
  jsonOrStream(call, {
    ...shape,
    // The replies are already in the form of the 2025-era revisions.
    toWire: (reply) => reply,
    statusOf: () => 200,
    report: node.handlerContext.report,
    stream: (first) =>
      streamReplies(node, session, call, openCallStream(node, call, shape.responseWriter), first),
  })

/** Streams the replies of a call. With an event store, they are stored while the client is disconnected. */
export function streamReplies(
  node: SessionContext,
  session: Session,
  call: Call,
  opened: CallStream,
  first: readonly JSONRPCMessage[],
): Response {
  opened.events.comment()
  if (call.streamName !== undefined) session.streams.writing.add(call.streamName)
  void writeReplies(node, session, call, opened, first)
  return opened.events.response
}

async function writeReplies(
  node: SessionContext,
  session: Session,
  call: Call,
  opened: CallStream,
  first: readonly JSONRPCMessage[],
): Promise<void> {
  const { events } = opened
  let isOver = false
  const send = (message: JSONRPCMessage): Promise<void> => {
    isOver ||= isFinal(message)
    return write(node, session, call, opened, message)
  }
  const stopMarking = call.streamName === undefined ? () => {} : startMarking(call)
  try {
    for (const message of first) await send(message)
    for await (const reply of call) {
      await send(reply)
      await events.drained()
    }
  } catch (error) {
    node.handlerContext.report(error)
    for (const failure of failPending(call, error)) await send(failure)
  }
  stopMarking()
  // The mark distinguishes a cancelled call from one whose process has died, for clients that resume it.
  if (call.streamName !== undefined && !isOver) await send(ENDED)
  if (call.streamName !== undefined) session.streams.writing.delete(call.streamName)
  events.end()
}

/** Stores marks on the stream of a long call, so that its position does not expire. */
function startMarking(call: Call): () => void {
  const timer = setInterval(() => void call.push(MARK), RENEW_MS)
  ;(timer as { unref?(): void }).unref?.()
  return () => clearInterval(timer)
}

async function write(
  node: SessionContext,
  session: Session,
  call: Call,
  opened: CallStream,
  message: JSONRPCMessage,
): Promise<void> {
  const { settings, handlerContext } = node
  const { streamName } = call
  const { events, connected } = opened
  try {
    const { eventStore, retryMs } = settings
    const event =
      streamName === undefined
        ? undefined
        : await eventStore?.storeEvent(`${session.key}/${streamName}`, message)
    const eventId =
      streamName === undefined || event === undefined ? undefined : toCallEventId(streamName, event, message)
    if (connected()) {
      if ('jsonrpc' in message) events.write(message, eventId)
      else if (eventId && supportsPriming(session.state)) events.prime(eventId, retryMs)
    } else if (streamName !== undefined) session.streams.wake(streamName)
  } catch (error) {
    handlerContext.report(error)
    // A message that cannot be stored can still be sent.
    if ('jsonrpc' in message) events.write(isSendable(message) ? message : toErrorMessage(message, error))
    // The answer may have been too large for the store. A disconnected client waits for one, so a small error is
    // stored.
    if (streamName !== undefined && !connected() && isResult(message)) {
      await write(node, session, call, opened, errorMessage(message.id as RequestId, ANSWER_NOT_STORED))
    }
  }
}

const ANSWER_NOT_STORED = new Refusal('internal', 'The call has ended, but its answer could not be stored')

const isResult = (message: JSONRPCMessage): message is JSONRPCResponse =>
  'jsonrpc' in message && isResponse(message) && 'result' in message

function isSendable(message: JSONRPCMessage): boolean {
  try {
    return JSON.stringify(message) !== undefined
  } catch {
    return false
  }
}

const toErrorMessage = (message: JSONRPCMessage, error: unknown): JSONRPCMessage =>
  errorMessage(isResponse(message) ? (message.id as RequestId) : undefined, toRefusal(error))
