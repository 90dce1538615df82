import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'

/** How many requests are held at once. */
const MAX_HELD = 16

/** Milliseconds for which a request is held until it is known to whose call it belongs. */
const CALL_TIMEOUT_MS = 5000

/** The requests of a server that wait until a client can be asked. */
export class HeldQuestions {
  readonly #refuse: (request: JSONRPCRequest, reason: string) => void
  #forCall: JSONRPCRequest[] = []
  #forStartup: JSONRPCRequest[] = []

  constructor(refuse: (request: JSONRPCRequest, reason: string) => void) {
    this.#refuse = refuse
  }

  get hasStartup(): boolean {
    return this.#forStartup.length > 0
  }

  /** Holds a request of one of several calls until only one of them is left. Two that ask at once cannot be told apart. */
  holdForCall(request: JSONRPCRequest): void {
    this.#forCall.push(request)
    const timer = setTimeout(() => {
      if (!this.#forCall.includes(request)) return
      this.remove(request.id)
      this.#refuse(request, 'several calls run in this server, and it is not known which one asks')
    }, CALL_TIMEOUT_MS)
    timer.unref()
  }

  /** Holds a request that belongs to no call. */
  holdForStartup(request: JSONRPCRequest): void {
    if (this.#forStartup.length < MAX_HELD) this.#forStartup.push(request)
    else this.#refuse(request, 'too many requests wait for a client')
  }

  takeForCall(): JSONRPCRequest[] {
    return this.#forCall.splice(0)
  }

  takeForStartup(): JSONRPCRequest[] {
    return this.#forStartup.splice(0)
  }

  remove(id: unknown): void {
    this.#forCall = this.#forCall.filter((request) => request.id !== id)
    this.#forStartup = this.#forStartup.filter((request) => request.id !== id)
  }
}
