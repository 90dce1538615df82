import type { JSONRPCNotification, JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import { type ExtensionCall, Refusal } from '@portico-mcp/core'
import { findRequestRefusal, readInterim } from '@portico-mcp/core/internal'
import type { Engine } from '../engine.ts'
import type { Owner } from '../record/owner.ts'
import { addQuestions, type Ending, end, isFinal, type TaskRecord } from '../record/task-record.ts'
import { Questions } from './questions.ts'
import { canResume, readState, restoreState, takeAnswers } from './run-state.ts'
import { StatusUpdates } from './status-updates.ts'

/** How a run of a task came to its end in this process. */
export type RunOutcome = 'ended' | 'suspended' | 'lost'

/** A task that runs in this process, or waits in it for its client. */
export class TaskRun {
  readonly taskId: string
  /** Identifies the run in the lease of the record. */
  readonly id: string
  /** Settles when the process is done with the task; rejects if the call broke off. */
  readonly outcome: Promise<RunOutcome>
  /** Whether the task is stored, so that clients may have its id. */
  isStored = false
  /** Whether the task is ended by `complete` or `fail`, and not by its handler. */
  isExternal = false
  /** Whether an extension call runs the handler. */
  hasBegun = false

  readonly #engine: Engine
  readonly #isJob: boolean
  readonly #updates: StatusUpdates
  readonly #abort = new AbortController()
  #record: TaskRecord
  #questions: Questions
  #call: ExtensionCall | undefined
  #isPaused = false
  #isOver = false
  #stored: (() => void) | undefined
  #settle!: (outcome: RunOutcome) => void
  #reject!: (error: unknown) => void

  /**
   * @param jobRun - The id in the lease, if a job of a queue runs the task: then the run ends where the task waits for
   *   its client.
   */
  constructor(engine: Engine, taskId: string, record: TaskRecord, jobRun?: string) {
    this.#engine = engine
    this.taskId = taskId
    this.#record = record
    this.#isJob = jobRun !== undefined
    this.id = jobRun ?? crypto.randomUUID()
    this.#questions = this.#createQuestions()
    this.#updates = new StatusUpdates((statusMessage) =>
      this.#change((stored) => ({ ...stored, statusMessage, lastUpdatedAt: Date.now() })),
    )
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#reject = reject
    })
    this.outcome.catch(() => {})
  }

  get record(): TaskRecord {
    return this.#record
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Takes what the server sends in a call. */
  attach(call: ExtensionCall): void {
    this.#call = call
    this.hasBegun = true
    call.onrequest = (request) => this.#questions.ask(request)
    call.onnotification = (notification) => this.#notified(notification)
    call.context.save = () => this.#saveState()
    if (!this.isStored) return
    call.takesInput = true
    restoreState(call.context, this.#record.state)
  }

  /** Creates the task in the store. @throws TaskLimitError */
  async store(owner: Owner): Promise<void> {
    const { context } = this.#call ?? {}
    const state = context ? readState(context) : this.#record.state
    const isExternal = this.isExternal || undefined
    this.#record = { ...this.#record, state, isExternal, ...(!isExternal && { lease: this.lease() }) }
    await this.#engine.repository.create(this.taskId, owner, this.#record)
    this.isStored = true
    if (this.#call) this.#call.takesInput = true
    if (!isExternal) this.#engine.add(this)
    this.#stored?.()
    if (context) await this.#saveState()
  }

  /** Marks a task that is stored already, and has the lease of this run. */
  resume(): void {
    this.isStored = true
    this.#engine.add(this)
  }

  lease(): NonNullable<TaskRecord['lease']> {
    return { run: this.id, until: Date.now() + this.#engine.settings.leaseMs }
  }

  /** Follows a call to its end, and stores how it ends. It never rejects. */
  async follow(answer: Promise<JSONRPCResponse>): Promise<void> {
    try {
      await this.#conclude(await answer)
    } catch (error) {
      await this.lose(error)
    }
  }

  /** Ends the task, unless it has ended or another process has it. */
  async finish(ending: Ending): Promise<void> {
    if (this.#isOver) return
    this.#updates.stop()
    await this.#change((stored) => end(stored, ending))
    this.#leave('ended')
  }

  /** Shows what the task does at the moment. */
  update(statusMessage: string): void {
    if (this.isStored && !this.#isOver) this.#updates.push(statusMessage)
  }

  /** Goes on with a record that others may have changed; undefined if the task does not exist any more. */
  apply(record: TaskRecord | undefined): void {
    if (this.#isOver) return
    if (!record || isFinal(record) || record.lease?.run !== this.id) return this.abandon()
    this.#record = record
    this.#questions.settle(record)
    if (this.#isPaused && canResume(record)) this.#runAgain().catch((error) => this.lose(error))
  }

  /** Stops without changing the task. */
  abandon(): void {
    if (this.#isOver) return
    this.#updates.stop()
    this.#abort.abort()
    this.#leave('lost')
    this.#call?.cancel()
  }

  /** Handles a call that broke off: its process stops, or its server has closed. */
  async lose(error: unknown): Promise<void> {
    if (this.#isOver) return
    if (this.#isJob) {
      await this.#release().catch(this.#engine.report)
      this.#reject(error)
      this.#leave('lost')
      return
    }
    const isStopped = error instanceof Refusal && error.reason === 'closed'
    if (!isStopped) this.#engine.report(error)
    const message = isStopped ? 'The server was stopped before the task had ended' : 'Internal error'
    try {
      await this.finish({ status: 'failed', error: { code: -32603, message } })
    } catch (failure) {
      this.#engine.report(failure)
      this.#leave('lost')
    }
  }

  async #conclude(response: JSONRPCResponse): Promise<void> {
    const interim = readInterim(response)
    if (interim) return this.#pause(interim)
    if (this.isExternal) return this.#leave('ended')
    await this.finish(this.#engine.toEnding(response))
  }

  /** Waits for the answers to requests that the handler has returned. */
  async #pause({
    inputRequests = {},
    requestState,
  }: NonNullable<ReturnType<typeof readInterim>>): Promise<void> {
    const { clientCapabilities = {} } = this.#record.call ?? {}
    const asked = Object.entries(inputRequests)
    const refusal = asked
      .map(([, request]) => findRequestRefusal(request, clientCapabilities))
      .find((found) => found)
    if (refusal) {
      const { code, message, data } = refusal
      return this.finish({ status: 'failed', error: { code, message, data } })
    }
    await this.#change((stored) => {
      const state = {
        ...stored.state,
        round: stored.state.round + 1,
        requestState,
        inputResponses: undefined,
      }
      const added = asked.map(([name, request]) => ({ name, request }))
      return { ...addQuestions(stored, added), state, ...(added.length === 0 && { status: 'working' }) }
    })
    this.#call = undefined
    if (this.#isJob) return this.#suspend()
    this.#isPaused = true
    this.apply(this.#record)
  }

  async #runAgain(): Promise<void> {
    this.#isPaused = false
    await this.#change((stored) => ({ ...takeAnswers(stored), hasNews: undefined }))
    if (this.#isOver) return
    this.#questions = this.#createQuestions()
    this.#engine.execute(this)
  }

  #createQuestions(): Questions {
    const capabilities = this.#record.call?.clientCapabilities ?? {}
    return new Questions(capabilities, () => {
      // After a turn of the event loop, the handler has asked all that it asks at once.
      setTimeout(() => this.#storeQuestions().catch((error) => this.lose(error)))
    })
  }

  async #storeQuestions(): Promise<void> {
    if (!this.isStored) {
      await new Promise<void>((resolve) => {
        this.#stored = resolve
      })
    }
    if (this.#isOver) return
    let commit: ((stored: TaskRecord) => void) | undefined
    await this.#change((stored) => {
      const added = this.#questions.addTo(stored)
      commit = added.commit
      return added.record
    })
    commit?.(this.#record)
    if (this.#isJob && this.#questions.isWaiting) await this.#suspend()
  }

  /** Leaves the task to the run that begins when its client has answered. */
  async #suspend(): Promise<void> {
    await this.#release()
    this.#leave('suspended')
    this.#call?.cancel()
  }

  async #release(): Promise<void> {
    await this.#engine.repository.change(this.taskId, (stored) =>
      this.#isMine(stored) ? { ...stored, lease: undefined } : undefined,
    )
  }

  #notified({ method, params }: JSONRPCNotification): void {
    if (method === 'notifications/tasks/status') {
      if (typeof params?.statusMessage === 'string') this.update(params.statusMessage)
    } else if (method === 'notifications/progress') {
      const { message, progress, total } = params as {
        message?: unknown
        progress?: unknown
        total?: unknown
      }
      if (typeof message === 'string') this.update(message)
      else this.update(total === undefined ? `${progress}` : `${progress} of ${total}`)
    }
  }

  async #saveState(): Promise<void> {
    const context = this.#call?.context
    if (!this.isStored || !context || this.#isOver) return
    const done = [...context.done]
    if (done.length === this.#record.state.done.length) return
    await this.#change((stored) => ({ ...stored, state: { ...stored.state, done } }), false)
  }

  /** Changes the record while the task is this run's; otherwise the run ends. */
  async #change(change: (stored: TaskRecord) => TaskRecord | undefined, isShown = true): Promise<void> {
    const guarded = (stored: TaskRecord): TaskRecord | undefined =>
      this.#isMine(stored) ? change(stored) : undefined
    const changed = await (isShown
      ? this.#engine.change(this.taskId, guarded)
      : this.#engine.repository.change(this.taskId, guarded))
    if (changed && (changed.isChanged || this.#isMine(changed.record))) this.#record = changed.record
    else this.abandon()
  }

  #isMine(stored: TaskRecord): boolean {
    return !isFinal(stored) && (stored.lease?.run === this.id || stored.isExternal === true)
  }

  #leave(outcome: RunOutcome): void {
    this.#isOver = true
    this.#updates.stop()
    this.#engine.remove(this)
    this.#settle(outcome)
  }
}
