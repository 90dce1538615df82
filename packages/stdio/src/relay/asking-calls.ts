import { setTimeout as sleep } from 'node:timers/promises'
import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { PendingRequests } from './pending-requests.ts'
import type { Questions } from './questions.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** Milliseconds that a server gets to use an answer that it has asked for when it started, such as the client's roots. */
const GRACE_MS = 100

/** The parts of an upstream that {@link AskingCalls} uses. */
export interface AskingUpstream {
  ping(): Promise<void>
  isAttached(client: UpstreamClient): boolean
  forward(client: UpstreamClient, request: JSONRPCRequest): void
}

/**
 * The calls of clients that can be asked, on a connection that they share. A server over standard input and output does
 * not say which call it asks in: so once a server has asked in a call, such calls run one after the other.
 */
export class AskingCalls {
  readonly #upstream: AskingUpstream
  readonly #pending: PendingRequests
  readonly #questions: Questions
  #waiting: [client: UpstreamClient, request: JSONRPCRequest][] = []
  #starting: Promise<void> | undefined

  constructor(upstream: AskingUpstream, pending: PendingRequests, questions: Questions) {
    this.#upstream = upstream
    this.#pending = pending
    this.#questions = questions
  }

  /** Resolves once the server has asked what it asks when it is initialized: that comes before the answer to a ping. */
  start(): Promise<void> {
    this.#starting ??= this.#upstream.ping().then(() => {
      this.#questions.isStarting = false
    })
    return this.#starting
  }

  /** Sends a call when it is its turn. */
  begin(client: UpstreamClient, request: JSONRPCRequest): void {
    if (!this.#questions.isStarting && !this.#questions.hasHeld) this.#enter(client, request)
    else void this.#beginLater(client, request)
  }

  /** Sends the next call that waits, if it is its turn. */
  next(): void {
    this.#waiting = this.#waiting.filter(([client]) => this.#upstream.isAttached(client))
    if (this.#pending.hasCall) return
    const [next] = this.#waiting.splice(0, 1)
    if (next) this.#upstream.forward(...next)
  }

  /** First has the client answer what the server has asked since it was started. */
  async #beginLater(client: UpstreamClient, request: JSONRPCRequest): Promise<void> {
    await this.start()
    if (this.#questions.hasHeld) {
      if (!(await this.#questions.offerHeld(client, request.id))) return
      await this.#upstream.ping()
      await sleep(GRACE_MS)
    }
    this.#enter(client, request)
  }

  #enter(client: UpstreamClient, request: JSONRPCRequest): void {
    if (!this.#upstream.isAttached(client)) return
    if (this.#questions.hasAsked && this.#pending.hasCall) this.#waiting.push([client, request])
    else this.#upstream.forward(client, request)
  }
}
