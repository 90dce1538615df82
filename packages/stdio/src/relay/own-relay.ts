import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { toRefusal } from '@portico-mcp/core/internal'
import { answerInitialize, ClientSide, canAnswer, readProfile } from './client-side.ts'
import { passOn } from './pass-on.ts'
import type { Relay } from './relay.ts'
import type { ClientProfile, UpstreamClient } from './upstream-client.ts'
import type { Lease, PendingLease, UpstreamSource } from './upstream-source.ts'

/** Relays the messages of a client that has a connection of its own, as each session has. */
export class OwnRelay implements Relay, UpstreamClient {
  readonly profile: ClientProfile
  readonly isModern = false
  readonly isOnly = true
  readonly canAnswer: boolean
  readonly #client: ClientSide
  readonly #pending: PendingLease
  #lease: Lease | undefined
  #waiting: [JSONRPCMessage, MessageExtraInfo | undefined][] = []
  #isOver = false

  constructor(
    source: UpstreamSource,
    transport: Transport,
    initialize: JSONRPCRequest,
    extra: MessageExtraInfo | undefined,
  ) {
    this.profile = readProfile(initialize)
    this.canAnswer = canAnswer(this.profile.capabilities)
    this.#client = new ClientSide(transport, (error) => transport.onerror?.(error as Error))
    this.#pending = source.lease({
      client: this.profile,
      extra,
      ownVersion: String(initialize.params?.protocolVersion),
    })
    this.#pending.lease.then(
      (lease) => this.#begin(lease, initialize),
      (error) => this.#isOver || this.#client.fail(toRefusal(error)),
    )
  }

  receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    if (this.#lease) passOn(this.#lease.upstream, this, message, extra)
    else this.#waiting.push([message, extra])
  }

  end(): void {
    this.#isOver = true
    this.#pending.cancel()
    this.#lease?.upstream.detach(this)
    this.#lease?.release()
    this.#lease = undefined
  }

  send(message: JSONRPCMessage, relatedRequestId?: RequestId): void {
    this.#client.send(message, relatedRequestId)
  }

  onend(): void {
    if (!this.#isOver) void this.#client.close()
  }

  #begin(lease: Lease, initialize: JSONRPCRequest): void {
    if (this.#isOver) {
      lease.release()
      return
    }
    this.#lease = lease
    lease.upstream.attach(this)
    this.send(answerInitialize(initialize, lease.introduction))
    for (const [message, extra] of this.#waiting.splice(0)) passOn(lease.upstream, this, message, extra)
  }
}
