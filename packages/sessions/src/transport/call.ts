import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { ReplyQueue, type ServerExtra } from '@portico-mcp/core/internal'

/** The requests of one POST to a session, and their replies. */
export class Call extends ReplyQueue {
  /** The name of the stream that stores the replies for resumption. Undefined if the call cannot be resumed. */
  readonly streamName: string | undefined
  /** Whether notifications and requests of the server can be sent before the answer. */
  readonly canStream: boolean
  /** The second argument of the server's `onmessage` for these requests. */
  extra: ServerExtra = {}
  /** Closes the connection but not the call. The client reconnects for the rest. */
  disconnect: () => void = () => {}

  constructor(
    requests: readonly JSONRPCRequest[],
    { streamName, canStream }: { streamName: string | undefined; canStream: boolean },
  ) {
    super()
    for (const request of requests) this.expect(request)
    this.streamName = streamName
    this.canStream = canStream
  }

  /** Ends the call early. The reader gets the refusal after the replies that are queued. */
  fail(failure: Refusal): void {
    this.end(failure)
  }
}
