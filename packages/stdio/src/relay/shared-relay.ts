import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type {
  JSONRPCMessage,
  JSONRPCRequest,
  MessageExtraInfo,
  RequestId,
} from '@modelcontextprotocol/sdk/types.js'
import { isRequest, toRefusal } from '@portico-mcp/core/internal'
import { answerInitialize, ClientSide, canAnswer, readProfile } from './client-side.ts'
import { PROTOCOL_VERSION_KEY } from './messages.ts'
import { passOn } from './pass-on.ts'
import type { Relay } from './relay.ts'
import type { ClientProfile, UpstreamClient } from './upstream-client.ts'
import type { Lease, LeaseRequest, PendingLease, UpstreamSource } from './upstream-source.ts'

/** The requests that are answered without the server. */
const LOCAL_METHODS: readonly string[] = ['ping', 'logging/setLevel']

const SUBSCRIBE = 'resources/subscribe'
const UNSUBSCRIBE = 'resources/unsubscribe'

/** Milliseconds before a client is subscribed again at a server that has ended. */
const RESUBSCRIBE_DELAY_MS = 500

/** Relays the messages of one HTTP request, on a connection that it may share with others. */
export class SharedRelay implements Relay, UpstreamClient {
  readonly profile: ClientProfile
  readonly isModern: boolean
  readonly isOnly = false
  readonly canAnswer: boolean
  readonly #source: UpstreamSource
  readonly #client: ClientSide
  readonly #request: LeaseRequest
  #lease: Lease | undefined
  #pending: PendingLease | undefined
  #waiting: [JSONRPCMessage, MessageExtraInfo | undefined][] = []
  readonly #subscribed = new Set<string>()
  #isOver = false

  constructor(
    source: UpstreamSource,
    transport: Transport,
    initialize: JSONRPCRequest,
    extra: MessageExtraInfo | undefined,
  ) {
    this.#source = source
    this.#client = new ClientSide(transport, (error) => transport.onerror?.(error as Error))
    const client = readProfile(initialize)
    // A 2025-era client without a session cannot be asked, and does not repeat what it supports.
    this.isModern = initialize.params?._meta !== undefined && PROTOCOL_VERSION_KEY in initialize.params._meta
    this.profile = this.isModern ? client : { ...client, capabilities: {} }
    this.canAnswer = canAnswer(this.profile.capabilities)
    this.#request = { client: this.profile, extra, ownVersion: undefined }
    const known = source.findIntroduction(this.#request)
    if (known) this.send(answerInitialize(initialize, known))
    else this.#connect((lease) => this.send(answerInitialize(initialize, lease.introduction)))
  }

  receive(message: JSONRPCMessage, extra?: MessageExtraInfo): void {
    // Portico completes the handshake of a shared connection itself.
    if ('method' in message && message.method === 'notifications/initialized') return
    // A setting of the connection would be one for others.
    if (isRequest(message) && LOCAL_METHODS.includes(message.method)) {
      this.send({ jsonrpc: '2.0', id: message.id, result: {} })
      return
    }
    if (isRequest(message)) this.#noteSubscription(message)
    const lease = this.#lease ?? this.#find()
    if (lease) passOn(lease.upstream, this, message, extra)
    else {
      this.#waiting.push([message, extra])
      if (!this.#pending) this.#connect()
    }
  }

  end(): void {
    this.#isOver = true
    this.#pending?.cancel()
    const lease = this.#lease
    this.#lease = undefined
    lease?.upstream.detach(this)
    lease?.release()
  }

  send(message: JSONRPCMessage, relatedRequestId?: RequestId): void {
    this.#client.send(message, relatedRequestId)
  }

  onend(): void {
    this.#lease = undefined
    if (this.#isOver || this.#subscribed.size === 0) return
    // A client that listens to resources waits for them, though it sends no request.
    setTimeout(() => this.#subscribeAgain(), RESUBSCRIBE_DELAY_MS).unref()
  }

  #subscribeAgain(): void {
    if (this.#isOver) return
    for (const uri of this.#subscribed) {
      // The answer to it has an id that the client does not wait for.
      this.receive({ jsonrpc: '2.0', id: `again ${uri}`, method: SUBSCRIBE, params: { uri } })
    }
  }

  #noteSubscription({ method, params }: JSONRPCRequest): void {
    if (method === SUBSCRIBE) this.#subscribed.add(String(params?.uri))
    else if (method === UNSUBSCRIBE) this.#subscribed.delete(String(params?.uri))
  }

  #find(): Lease | undefined {
    if (this.#pending) return undefined
    const lease = this.#source.findLease(this.#request)
    if (lease) this.#use(lease)
    return lease
  }

  #connect(onlease: (lease: Lease) => void = () => {}): void {
    this.#pending = this.#source.lease(this.#request)
    this.#pending.lease.then(
      (lease) => {
        this.#pending = undefined
        if (this.#isOver) return lease.release()
        this.#use(lease)
        onlease(lease)
        for (const [message, extra] of this.#waiting.splice(0)) passOn(lease.upstream, this, message, extra)
      },
      (error) => this.#isOver || this.#client.fail(toRefusal(error)),
    )
  }

  #use(lease: Lease): void {
    this.#lease = lease
    lease.upstream.attach(this)
  }
}
