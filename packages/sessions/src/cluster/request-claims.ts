import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { invalidRequest } from '@portico-mcp/core/internal'
import { wrapStoreErrors } from '../refusals.ts'
import type { LoadedSession, SessionRepository } from '../store/session-repository.ts'
import type { ReleaseClaim } from '../store/session-store.ts'
import type { Call } from '../transport/call.ts'

/** Milliseconds after which the claim of a node that died ends, and between its renewals. */
const CLAIM_MS = 15_000
const RENEW_MS = 5_000

/** Requests that change nothing: to answer one twice is cheaper than to claim it. */
const REPEATABLE = new Set([
  'ping',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tools/list',
])

/** Takes the id of a request for one node. */
export type ClaimRequest = (id: RequestId, ttlMs: number) => Promise<ReleaseClaim | undefined>

interface HeldClaim {
  call: Call
  release: ReleaseClaim
  renewing: ReturnType<typeof setInterval>
}

/**
 * The claims of one session and node to the ids of the requests that it runs, so that a request that reaches two
 * nodes runs on one. A claim ends by itself when its node has died.
 */
export class RequestClaims {
  readonly #claim: ClaimRequest
  readonly #held = new Map<RequestId, HeldClaim>()
  readonly #releasing = new Map<RequestId, Promise<void>>()

  constructor(claim: ClaimRequest) {
    this.#claim = claim
  }

  /** @throws a refusal (400) where another node runs a request of the call. */
  async take(call: Call): Promise<void> {
    const ids = [...call.pending].filter(([, { method }]) => !REPEATABLE.has(method)).map(([id]) => id)
    await Promise.all(ids.map((id) => this.#take(id, call)))
  }

  /** The call is over: its ids are free. */
  release(call: Call): void {
    for (const [id, held] of this.#held) if (held.call === call) void this.#release(id, held)
  }

  /** Frees every id. */
  async close(): Promise<void> {
    await Promise.all([...this.#held].map(([id, held]) => this.#release(id, held)))
    await Promise.all(this.#releasing.values())
  }

  async #take(id: RequestId, call: Call): Promise<void> {
    // A store need not keep the order of what it is asked: this node's own release comes first.
    await this.#releasing.get(id)
    const release = await wrapStoreErrors(this.#claim(id, CLAIM_MS))
    if (!release) throw invalidRequest('The id of the request is in use')
    const renewing = setInterval(() => this.#renew(id, release), RENEW_MS)
    unref(renewing)
    const held = { call, release, renewing }
    this.#held.set(id, held)
    // It may have been cancelled, or have taken too long, while the store was asked.
    if (!call.awaits(id)) await this.#release(id, held)
  }

  // A renewal that fails is tried again, and a claim that is lost already cannot be had back.
  async #renew(id: RequestId, { renew }: ReleaseClaim): Promise<void> {
    const isHeld = await renew?.(CLAIM_MS).catch(() => true)
    if (isHeld === false) clearInterval(this.#held.get(id)?.renewing)
  }

  // A claim that cannot be released ends by itself.
  async #release(id: RequestId, held: HeldClaim): Promise<void> {
    clearInterval(held.renewing)
    if (this.#held.get(id) === held) this.#held.delete(id)
    const releasing = held.release().catch(() => {})
    this.#releasing.set(id, releasing)
    await releasing
    if (this.#releasing.get(id) === releasing) this.#releasing.delete(id)
  }
}

// Where timers hold a process open, a claim is no reason to stay.
const unref = (timer: unknown): void => (timer as { unref?(): void }).unref?.()

/** Creates the claims of a session; undefined if its store has none, since no other node can serve it then. */
export function claimRequests(
  repository: SessionRepository,
  loaded: LoadedSession,
): RequestClaims | undefined {
  if (!repository.claimRequest) return undefined
  return new RequestClaims(
    (id, ttlMs) => repository.claimRequest?.(loaded, id, ttlMs) ?? Promise.resolve(undefined),
  )
}
