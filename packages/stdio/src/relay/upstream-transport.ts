import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { RequestId } from '@modelcontextprotocol/sdk/types.js'

/** The transport of an upstream server, which can explain why it has ended. */
export interface UpstreamTransport extends Transport {
  /** In words that follow "the server". */
  readonly failure?: string
}

/** What a transport on which each request has a stream says of a message. */
export interface StreamExtra {
  readonly relatedRequestId?: RequestId
}
