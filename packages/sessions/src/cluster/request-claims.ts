import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import { invalidRequest } from '@portico-mcp/core/internal'
import { wrapStoreErrors } from '../refusals.ts'
import type { LoadedSession, SessionRepository } from '../store/session-repository.ts'
import type { ReleaseClaim } from '../store/session-store.ts'
import type { Call } from '../transport/call.ts'

/** Milliseconds after which the claim of a node that died expires. */
const CLAIM_MS = 15_000

/** Milliseconds between renewals of a claim. */
const RENEW_MS = 5_000

/** Requests without side effects. Answering one twice is cheaper than claiming it. */
const REPEATABLE = new Set([
  'ping',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'tools/list',
])

/** Claims the id of a request for this node. */
export type ClaimRequest = (id: RequestId, ttlMs: number) => Promise<ReleaseClaim | undefined>

interface HeldClaim {
  call: Call
  release: ReleaseClaim
  renewing: ReturnType<typeof setInterval>
}

/**
 * The claims of one session on the ids of the requests that this node runs, so that a request that reaches two nodes
 * runs on only one of them. A claim expires if its node dies.
 */
export class RequestClaims {
  readonly #claim: ClaimRequest
  readonly #held = new Map<RequestId, HeldClaim>()
  readonly #releasing = new Map<RequestId, Promise<void>>()

  constructor(claim: ClaimRequest) {
    this.#claim = claim
  }

  /** @throws Refusal 400 if another node runs a request of the call. */
  async take(call: Call): Promise<void> {
    const ids = [...call.pending].filter(([, { method }]) => !REPEATABLE.has(method)).map(([id]) => id)
    await Promise.all(ids.map((id) => this.#take(id, call)))
  }

  /** Releases the claims of a call that is over. */
  release(call: Call): void {
    for (const [id, held] of this.#held) if (held.call === call) void this.#release(id, held)
  }

  /** Releases all claims. */
  async close(): Promise<void> {
    await Promise.all([...this.#held].map(([id, held]) => this.#release(id, held)))
    await Promise.all(this.#releasing.values())
  }

  async #take(id: RequestId, call: Call): Promise<void> {
    // Stores need not process commands in order, so a release of the same id is awaited first.
    await this.#releasing.get(id)
    const release = await wrapStoreErrors(this.#claim(id, CLAIM_MS))
    if (!release) throw invalidRequest('The id of the request is in use')
    const renewing = setInterval(() => this.#renew(id, release), RENEW_MS)
    unref(renewing)
    const held = { call, release, renewing }
    this.#held.set(id, held)
    // The call may have been cancelled or timed out while the claim was being made.
    if (!call.awaits(id)) await this.#release(id, held)
  }

  // A failed renewal is tried again at the next interval. A claim that has expired cannot be renewed.
  async #renew(id: RequestId, { renew }: ReleaseClaim): Promise<void> {
    const isHeld = await renew?.(CLAIM_MS).catch(() => true)
    if (isHeld === false) clearInterval(this.#held.get(id)?.renewing)
  }

  // A claim that cannot be released expires.
  async #release(id: RequestId, held: HeldClaim): Promise<void> {
    clearInterval(held.renewing)
    if (this.#held.get(id) === held) this.#held.delete(id)
    const releasing = held.release().catch(() => {})
    this.#releasing.set(id, releasing)
    await releasing
    if (this.#releasing.get(id) === releasing) this.#releasing.delete(id)
  }
}

// On Node a timer keeps the process alive. A claim must not.
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
