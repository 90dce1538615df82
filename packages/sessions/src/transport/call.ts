import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { ReplyQueue, type ServerExtra } from '@portico-mcp/core/internal'

/** The requests of one POST to a session, and their replies. */
export class Call extends ReplyQueue {
  /** The stream that the replies can be read from again; undefined where they cannot. */
  readonly streamName: string | undefined
  /** Whether a notification or a question can be sent before the answer. */
  readonly canStream: boolean
  /** What the server gets with the requests. */
  extra: ServerExtra = {}
  /** Closes the connection, not the call: the client comes back for the rest. */
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

  /** Ends the call early; the reader gets the refusal after the replies before it. */
  fail(failure: Refusal): void {
    this.end(failure)
  }
}
