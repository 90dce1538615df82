import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionCall } from '@portico-mcp/core'
import { readInterim } from '@portico-mcp/core/internal'
import { isStopped, toEnding, toFailure } from '../record/ending.ts'
import type { Owner } from '../record/owner.ts'
import { type Ending, end, openQuestions, type TaskRecord } from '../record/task-record.ts'
import { createDeferred } from './deferred.ts'
import { LeasedRecord } from './leased-record.ts'
import { Questions } from './questions.ts'
import type { LiveRun, RunHost } from './run-host.ts'
import { findRefusal, type Interim, pause, readState, restoreState, takeAnswers } from './run-state.ts'
import { readStatusMessage } from './status-message.ts'
import { StatusUpdates } from './status-updates.ts'

/** Runs a task: takes what its handler sends, asks and returns, and stores it. */
export class TaskRun implements LiveRun {
  readonly taskId: string
  readonly id: string
  readonly outcome: Promise<void>
  readonly signal: AbortSignal
  isStored = false
  isExternal = false
  hasBegun = false

  readonly #host: RunHost
  readonly #isJob: boolean
  readonly #record: LeasedRecord
  readonly #updates: StatusUpdates
  readonly #abort = new AbortController()
  #questions: Questions
  #call: ExtensionCall | undefined
  #isPaused = false
  #isOver = false
  readonly #stored = createDeferred()
  readonly #left = createDeferred()

  /** @param jobRun - The id in the lease, if a job runs the task: then the run ends where the task asks its client. */
  constructor(host: RunHost, taskId: string, record: TaskRecord, jobRun?: string) {
    this.#host = host
    this.taskId = taskId
    this.outcome = this.#left.promise
    this.signal = this.#abort.signal
    this.#isJob = jobRun !== undefined
    this.id = jobRun ?? crypto.randomUUID()
    this.#record = new LeasedRecord(host, taskId, this.id, record, () => this.#abandon())
    this.#questions = this.#createQuestions()
    this.#updates = new StatusUpdates((statusMessage) =>
      this.#record.change((stored) => ({ ...stored, statusMessage, lastUpdatedAt: Date.now() })),
    )
  }

  get record(): TaskRecord {
    return this.#record.current
  }

  attach(call: ExtensionCall): void {
    this.#call = call
    this.hasBegun = true
    call.onrequest = (request) => this.#questions.ask(request)
    call.onnotification = (notification) => this.update(readStatusMessage(notification))
    call.context.save = () => this.#saveDone()
    if (!this.isStored) return
    call.takesInput = true
    restoreState(call.context, this.record.state)
  }

  /** Creates the task in the store. @throws TaskLimitError */
  async store(owner: Owner): Promise<void> {
    const { context } = this.#call ?? {}
    const state = context ? readState(context) : this.record.state
    const wasExternal = this.isExternal
    const kept = wasExternal ? { isExternal: true } : { lease: this.#record.createLease() }
    this.#record.current = { ...this.record, state, ...kept }
    await this.#host.repository.create(this.taskId, owner, this.record)
    if (this.#call) this.#call.takesInput = true
    this.resume()
    await this.#saveDone()
    // Its handler has left it to `complete` and `fail` while it was being stored.
    if (this.isExternal && !wasExternal) await this.#record.handOver()
  }

  /** Begins with a task that is stored already, and has the lease of this run. */
  resume(): void {
    this.isStored = true
    this.#stored.resolve()
    if (!this.isExternal) this.#host.add(this)
  }

  async follow(answer: Promise<JSONRPCResponse>): Promise<void> {
    const call = this.#call
    try {
      const response = await answer
      if (this.#call !== call) return
      const interim = readInterim(response)
      if (interim) await this.#pause(interim)
      else if (this.isExternal) await this.#record.handOver().then(() => this.#leave())
      else await this.#finish(toEnding(response, this.#host.settings.maxResultBytes))
    } catch (error) {
      if (this.#call === call) await this.lose(error)
    }
  }

  update(statusMessage: string | undefined): void {
    if (statusMessage !== undefined) void this.#stored.promise.then(() => this.#updates.push(statusMessage))
  }

  apply(record: TaskRecord | undefined): void {
    if (this.#isOver) return
    if (!this.#record.isMine(record)) return void this.#abandon()
    this.#record.current = record
    this.#questions.settle(record)
    if (this.#isPaused && openQuestions(record).length === 0)
      this.#runAgain().catch((error) => this.lose(error))
  }

  async lose(error: unknown): Promise<void> {
    if (this.#isOver) return
    try {
      if (this.#isJob) {
        this.#left.reject(error)
        return await this.#suspend()
      }
      if (!isStopped(error)) this.#host.report(error)
      await this.#finish(toFailure(error))
    } catch (failure) {
      this.#host.report(failure)
      this.#abandon()
    }
  }

  /** Ends the task, unless it has ended or another run has it. */
  async #finish(ending: Ending): Promise<void> {
    if (this.#isOver) return
    await this.#record.change((stored) => end(stored, ending))
    this.#leave()
  }

  #abandon(): void {
    if (this.#isOver) return
    this.#leave()
    this.#abort.abort()
    this.#call?.cancel()
  }

  /** Waits for the answers to requests that the handler has returned. */
  async #pause(interim: Interim): Promise<void> {
    const refused = findRefusal(this.record, interim)
    if (refused) return this.#finish(refused)
    await this.#record.change((stored) => pause(stored, interim))
    await this.#stopWaiting()
  }

  /** Ends the handler, which runs again once its client has answered. */
  async #stopWaiting(): Promise<void> {
    if (this.#isOver) return
    if (this.#isJob) return this.#suspend()
    const call = this.#call
    this.#call = undefined
    this.#isPaused = true
    this.#questions.stop()
    call?.cancel()
    this.apply(this.record)
  }

  async #runAgain(): Promise<void> {
    this.#isPaused = false
    await this.#record.change((stored) => ({ ...takeAnswers(stored), hasNews: undefined }))
    if (this.#isOver) return
    this.#questions = this.#createQuestions()
    this.#host.execute(this)
  }

  #createQuestions(): Questions {
    return new Questions(this.#record, {
      stored: this.#stored.promise,
      waitMs: this.#isJob ? 0 : this.#host.settings.waitMs,
      onwaited: () => this.#stopWaiting(),
      onerror: (error) => this.lose(error),
    })
  }

  /** Leaves the task to the run that begins when its client has answered. */
  async #suspend(): Promise<void> {
    await this.#record.release()
    this.#abandon()
  }

  async #saveDone(): Promise<void> {
    if (this.isStored && this.#call && !this.#isOver)
      await this.#record.saveDone([...this.#call.context.done])
  }

  #leave(): void {
    this.#isOver = true
    this.#updates.stop()
    this.#questions.stop()
    this.#host.remove(this)
    this.#left.resolve()
  }
}
