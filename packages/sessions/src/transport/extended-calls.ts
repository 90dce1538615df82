import type { JSONRPCResponse, RequestId } from '@modelcontextprotocol/sdk/types.js'
import type { ExtendedCall, Refusal } from '@portico-mcp/core'

/** A call that extensions run, while its server has not answered. */
export interface PendingCall {
  /** What the extensions have set; undefined until they have begun. */
  readonly hooks: ExtendedCall['hooks'] | undefined
  settle(response: JSONRPCResponse): void
  fail(reason: Refusal): void
}

/** The calls of a session that extensions run, by request id. A call may run on after its client has an answer. */
export class ExtendedCalls {
  readonly #calls = new Map<RequestId, PendingCall>()

  get(id: RequestId | undefined): PendingCall | undefined {
    return id === undefined ? undefined : this.#calls.get(id)
  }

  /** Resolves with the response of the server to a request. */
  awaitReply(id: RequestId, hooks: () => PendingCall['hooks']): Promise<JSONRPCResponse> {
    return new Promise((resolve, reject) => {
      const remove = (): void => {
        if (this.#calls.get(id) === pending) this.#calls.delete(id)
      }
      const pending: PendingCall = {
        get hooks() {
          return hooks()
        },
        settle: (response) => {
          remove()
          resolve(response)
        },
        fail: (reason) => {
          remove()
          reject(reason)
        },
      }
      this.#calls.set(id, pending)
    })
  }

  /** Ends all of them with an error. */
  fail(reason: Refusal): void {
    for (const pending of [...this.#calls.values()]) pending.fail(reason)
  }
}
