import type { RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { invalidRequest } from '@portico-mcp/core/internal'
import type { Call } from './call.ts'
import { ExtendedCalls } from './extended-calls.ts'

/** The calls of a session that run on this node, by request id. */
export class RunningCalls {
  /** Those that extensions of the handler run. */
  readonly extended: ExtendedCalls = new ExtendedCalls()
  readonly #calls = new Map<RequestId, Call>()

  get size(): number {
    return this.#calls.size
  }

  /** Returns the call that contains the request with this id. */
  get(id: RequestId): Call | undefined {
    return this.#calls.get(id)
  }

  /** Iterates over the calls. A call with several requests appears several times. */
  values(): Iterable<Call> {
    return this.#calls.values()
  }

  /** @throws Refusal 400 if a request id of the call is in use. */
  add(call: Call): void {
    for (const id of call.pending.keys()) {
      if (this.#calls.has(id)) throw invalidRequest('The id of the request is in use')
    }
    for (const id of call.pending.keys()) this.#calls.set(id, call)
  }

  deleteRequest(id: RequestId): void {
    this.#calls.delete(id)
  }

  delete(call: Call): void {
    for (const [id, running] of this.#calls) if (running === call) this.#calls.delete(id)
  }

  /** Ends all calls with an error. */
  fail(failure: Refusal): void {
    for (const call of new Set(this.#calls.values())) call.fail(failure)
    this.extended.fail(failure)
  }
}
