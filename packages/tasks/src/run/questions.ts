import type { ClientCapabilities, Result } from '@modelcontextprotocol/sdk/types.js'
import type { ServerRequest } from '@portico-mcp/core'
import { digest, findRequestRefusal, normalizeRequest } from '@portico-mcp/core/internal'
import { addQuestions, type Question, type TaskRecord } from '../record/task-record.ts'

/** A request of a handler that waits for its answer. */
interface Waiting {
  readonly request: ServerRequest
  readonly digest: string
  resolve(result: Result): void
}

/**
 * The requests to its client that a handler makes in one run. A request that was answered in an earlier run gets the same
 * answer; a request that was open keeps its key.
 */
export class Questions {
  readonly #capabilities: ClientCapabilities
  readonly #onadded: () => void
  #fresh: Waiting[] = []
  readonly #open = new Map<string, Waiting>()
  readonly #used = new Set<string>()

  /** @param onadded - Called when there are requests to be stored with {@link Questions.addTo}. */
  constructor(capabilities: ClientCapabilities, onadded: () => void) {
    this.#capabilities = capabilities
    this.#onadded = onadded
  }

  /** Whether the handler waits for an answer. */
  get isWaiting(): boolean {
    return this.#fresh.length > 0 || this.#open.size > 0
  }

  /** @throws Refusal if the client does not declare what the request needs. */
  async ask(asked: ServerRequest): Promise<Result> {
    const refusal = findRequestRefusal(asked, this.#capabilities)
    if (refusal) throw refusal
    const request = normalizeRequest(asked)
    const key = await digest(request)
    return new Promise((resolve) => {
      this.#fresh.push({ request, digest: key, resolve })
      if (this.#fresh.length === 1) this.#onadded()
    })
  }

  /** Answers requests that are known, and adds the others to the record; undefined if there are no others. */
  addTo(record: TaskRecord): { record: TaskRecord | undefined; commit(stored: TaskRecord): void } {
    const used = new Set(this.#used)
    const known: [Question, Waiting][] = []
    const added = this.#fresh.filter((waiting) => {
      const question = record.questions.find(({ key, digest }) => digest === waiting.digest && !used.has(key))
      if (question) {
        used.add(question.key)
        known.push([question, waiting])
      }
      return !question
    })
    // What an earlier run has asked, and this one has not, is no longer of interest.
    const questions = record.questions.filter(({ key, result }) => result !== undefined || used.has(key))
    const isSame = added.length === 0 && questions.length === record.questions.length
    const changed = isSame
      ? undefined
      : addQuestions(
          { ...record, questions },
          added.map(({ request, digest }) => ({ request, digest })),
        )
    return {
      record: changed,
      commit: (stored) => {
        const fresh = stored.questions.slice(stored.questions.length - added.length)
        const taken = new Set([...known.map(([, waiting]) => waiting), ...added])
        this.#fresh = this.#fresh.filter((waiting) => !taken.has(waiting))
        for (const [question, waiting] of known) this.#take(question, waiting)
        for (const [index, waiting] of added.entries()) this.#take(fresh[index] as Question, waiting)
      },
    }
  }

  /** Resolves requests that have been answered. */
  settle({ questions }: TaskRecord): void {
    for (const { key, result } of questions) {
      const waiting = result === undefined ? undefined : this.#open.get(key)
      if (!waiting) continue
      this.#open.delete(key)
      waiting.resolve(result as Result)
    }
  }

  #take({ key, result }: Question, waiting: Waiting): void {
    this.#used.add(key)
    if (result === undefined) this.#open.set(key, waiting)
    else waiting.resolve(result)
  }
}
