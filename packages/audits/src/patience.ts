/** Thrown if the server does not answer and the run is ended. See the option `giveUpAfter`. */
export class ServerSilent extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ServerSilent'
  }
}

/** Ends a run if all audits from the first one on time out. */
export class Patience {
  readonly #limit: number
  #silent: number | undefined = 0

  constructor(limit = 0) {
    this.#limit = limit
  }

  judge<Result extends { outcome: string }>({
    result,
    timedOut,
  }: {
    result: Result
    timedOut: boolean
  }): Result {
    if (result.outcome === 'skipped') return result
    if (!timedOut) this.#silent = undefined
    if (this.#silent === undefined) return result
    this.#silent += 1
    if (this.#silent !== this.#limit) return result
    throw new ServerSilent(`the server answers nothing: the first ${this.#limit} audits timed out`)
  }
}
