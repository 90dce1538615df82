import type { Result } from '@modelcontextprotocol/sdk/types.js'
import type { ServerRequest } from '@portico-mcp/core'
import { findRequestRefusal, normalizeRequest, sha256 } from '@portico-mcp/core/internal'
import { addQuestions, type Question, type TaskRecord } from '../record/task-record.ts'
import type { LeasedRecord } from './leased-record.ts'

/** A request of a handler that waits for its answer. */
interface Waiting {
  readonly request: ServerRequest
  readonly digest: string
  resolve(result: Result): void
}

/** When requests are stored, and how long a handler waits for their answers. */
interface QuestionLife {
  /** Resolves once the task is stored. */
  readonly stored: Promise<void>
  readonly waitMs: number
  /** Called when the handler has waited that long. */
  onwaited(): Promise<void>
  /** Called if the requests cannot be stored. */
  onerror(error: unknown): void
}

/**
 * The requests to its client that a handler makes in one run. A request that was answered in an earlier run gets the same
 * answer; a request that was open keeps its key.
 */
export class Questions {
  readonly #record: LeasedRecord
  readonly #life: QuestionLife
  #fresh: Waiting[] = []
  readonly #open = new Map<string, Waiting>()
  readonly #used = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStopped = false

  constructor(record: LeasedRecord, life: QuestionLife) {
    this.#record = record
    this.#life = life
  }

  /** Stops waiting: what is asked from now on gets no answer. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  /** @throws Refusal if the client does not declare what the request needs. */
  async ask(asked: ServerRequest): Promise<Result> {
    const refusal = findRequestRefusal(asked, this.#record.current.call?.clientCapabilities ?? {})
    if (refusal) throw refusal
    const request = normalizeRequest(asked)
    // Without an await, questions that are asked at once are stored in their order, with one write.
    const key = sha256(JSON.stringify(request))
    return new Promise((resolve) => {
      this.#fresh.push({ request, digest: key, resolve })
      if (this.#fresh.length > 1) return
      // After a turn of the event loop, the handler has asked all that it asks at once.
      setTimeout(() => this.#store().catch(this.#life.onerror))
    })
  }

  /** Stores the requests that are new, and answers those that are known. */
  async #store(): Promise<void> {
    const { stored: isStored, waitMs, onwaited, onerror } = this.#life
    await isStored
    if (this.#isStopped) return
    let matched: Matched | undefined
    const asked = this.#fresh
    // What is asked from now on is stored by the next call.
    this.#fresh = []
    await this.#record.change((record) => {
      matched = match(record, asked, this.#used)
      return matched.record
    })
    if (!matched) return
    const { known, added } = matched
    for (const [question, waiting] of known) this.#take(question, waiting)
    const { questions } = this.#record.current
    const stored = questions.slice(questions.length - added.length)
    for (const [index, waiting] of added.entries()) this.#take(stored[index] as Question, waiting)
    if (this.#open.size === 0) return
    if (waitMs === 0) await onwaited()
    else this.#timer ??= setTimeout(() => onwaited().catch(onerror), waitMs)
  }

  /** Resolves requests that have been answered. */
  settle({ questions }: TaskRecord): void {
    for (const { key, result } of questions) {
      const waiting = result === undefined ? undefined : this.#open.get(key)
      if (!waiting) continue
      this.#open.delete(key)
      waiting.resolve(result as Result)
    }
    if (this.#open.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #take({ key, result }: Question, waiting: Waiting): void {
    this.#used.add(key)
    if (result === undefined) this.#open.set(key, waiting)
    else waiting.resolve(result)
  }
}

/** Requests of a handler, and what the record of its task has of them. */
interface Matched {
  /** The requests that earlier runs have made as well. */
  readonly known: readonly [Question, Waiting][]
  readonly added: readonly Waiting[]
  /** The record with the new requests; undefined if there is nothing to change. */
  readonly record: TaskRecord | undefined
}

function match(record: TaskRecord, asked: readonly Waiting[], usedBefore: ReadonlySet<string>): Matched {
  const used = new Set(usedBefore)
  const known: [Question, Waiting][] = []
  const added: Waiting[] = []
  for (const waiting of asked) {
    const question = record.questions.find(({ key, digest }) => digest === waiting.digest && !used.has(key))
    if (question) known.push([question, waiting])
    else added.push(waiting)
    if (question) used.add(question.key)
  }
  // What an earlier run has asked, and this one has not, is no longer of interest.
  const questions = record.questions.filter(({ key, result }) => result !== undefined || used.has(key))
  if (added.length === 0 && questions.length === record.questions.length)
    return { known, added, record: undefined }
  const described = added.map(({ request, digest }) => ({ request, digest }))
  return { known, added, record: addQuestions({ ...record, questions }, described) }
}
