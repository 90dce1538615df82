import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '@portico-mcp/core'
import { errorMessage, isResponse, openEventStream } from '@portico-mcp/core/serving'
import { type Cursor, requestOf, toEventId } from './event-id.ts'
import type { EventStore } from './event-store.ts'
import type { Node } from './node.ts'
import { reached } from './refusals.ts'
import { replayAfter } from './replay.ts'
import type { Session } from './session.ts'

/** Milliseconds between questions whether a call still runs, and how many may stay unanswered. */
const PROBE_MS = 2000
const MAX_SILENCE = 3

/** Resumes the stream of a call where the client lost it, whichever node runs the call. */
export async function resume(
  node: Node,
  session: Session,
  store: EventStore,
  { stream, event }: Cursor,
  signal: AbortSignal,
): Promise<Response> {
  const streamId = `${session.key}/${stream}`
  const missed = await reached(replayAfter(store, streamId, event))
  session.takeOver(stream)

  const events = openEventStream(node.host.settings.keepAliveMs, leave)
  let open = true
  let cursor = event
  let silence = 0
  let onwake: (() => void) | undefined
  let woken = false

  const reader = {
    stream,
    wake() {
      woken = true
      onwake?.()
    },
    alive: () => {
      silence = 0
    },
    end() {
      events.end()
      leave()
    },
  }

  function leave(): void {
    open = false
    session.readers.delete(reader)
    session.usedAt = Date.now()
    reader.wake()
  }

  function write(replayed: [string, JSONRPCMessage][]): void {
    for (const [eventId, message] of replayed) {
      cursor = eventId
      if (!('jsonrpc' in message)) continue
      events.write(message, toEventId({ stream, event: eventId, change: '' }))
      if (isResponse(message)) reader.end()
    }
  }

  function fail(text: string): void {
    const refusal = new Refusal('internal', text, { data: { reason: 'call-lost' } })
    events.write(errorMessage(requestOf(stream) as RequestId, refusal))
    reader.end()
  }

  async function wait(): Promise<void> {
    if (woken) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PROBE_MS)
      ;(timer as { unref?(): void }).unref?.()
      onwake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function follow(): Promise<void> {
    while (open) {
      const runs = session.runs(stream)
      woken = false
      const more = await replayAfter(store, streamId, cursor)
      if (!more) return fail('The events of the call are no longer kept')
      write(more)
      await events.drained()
      if (!open) return
      silence = runs || more.length > 0 ? 0 : silence + 1
      // asked first: it may have answered between two looks
      if (silence > MAX_SILENCE || (silence > 1 && !node.settings.bus)) {
        return fail('The call was lost with the process that ran it: send it again')
      }
      if (!runs) void session.tell({ kind: 'probe', stream })
      await wait()
    }
  }

  session.readers.add(reader)
  signal.addEventListener('abort', () => reader.end(), { once: true })
  events.comment()
  if (!missed) fail('The events of the call are no longer kept')
  else {
    follow().catch((error) => {
      // the client comes back with what it has
      node.host.report(error)
      reader.end()
    })
  }
  return events.response
}
