import type { InitializeResult, MessageExtraInfo } from '@modelcontextprotocol/sdk/types.js'
import type { Upstream } from './upstream.ts'
import type { ClientProfile } from './upstream-client.ts'

/** A request for a connection to the server. */
export interface LeaseRequest {
  readonly client: ClientProfile
  /** The context of the request that the client has sent. */
  readonly extra: MessageExtraInfo | undefined
  /** The revision that a client with a connection of its own has requested; undefined for a shared connection. */
  readonly ownVersion: string | undefined
}

/** The use of a connection by one client. */
export interface Lease {
  readonly upstream: Upstream
  readonly introduction: InitializeResult
  /** Gives the connection back. */
  release(): void
}

/** A lease that has been asked for. */
export interface PendingLease {
  readonly lease: Promise<Lease>
  /** The client does not need it any more. */
  cancel(): void
}

/** Connects relays to a server. */
export interface UpstreamSource {
  /** Returns the answer to `initialize` that such a client got before, without starting anything. */
  findIntroduction(request: LeaseRequest): InitializeResult | undefined
  /** Returns the connection that such a client shares, if it is there already. */
  findLease(request: LeaseRequest): Lease | undefined
  /** Connects, and waits for its turn if necessary. The promise rejects with a `Refusal`. */
  lease(request: LeaseRequest): PendingLease
}
