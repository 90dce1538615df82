import { signal } from '@preact/signals'
import { request } from '../access.ts'
import { onNextFrame } from '../next-frame.ts'
import { clientEra } from '../protocol/era.ts'
import { unrelated } from '../protocol/legacy-client.ts'
import type { Notification, Question, Reply } from '../protocol/messages.ts'
import { cancelTask, followTask, type Task } from './follow-task.ts'
import { LogBuffer } from './log-buffer.ts'
import { findAnswer } from './rules.ts'
import type { Call, Progress, Run } from './run-state.ts'
import { Transcript } from './transcript.ts'

// a rule that answers a server which asks again and again must not go on forever
const MAX_ROUNDS_BY_RULES = 50

/** Makes calls, one at a time. Another call aborts the one before. */
export class Runner {
  readonly run = signal<Run | undefined>(undefined)
  readonly logs = new LogBuffer()
  readonly transcript = new Transcript()
  readonly #onend: (run: Run) => void
  readonly #pending = new Map<string, (answer: object) => void>()
  #controller: AbortController | undefined
  #call: Call | undefined
  #progress: Progress | undefined
  #progressCount = 0
  readonly #showProgress = onNextFrame(() => {
    const progress = this.#progress
    if (progress && this.run.value?.state === 'running') {
      this.#change({ progress, progressCount: this.#progressCount })
    }
  })

  /** @param onend - Called with each call that has ended. */
  constructor(onend: (run: Run) => void) {
    this.#onend = onend
  }

  start(call: Call): void {
    this.#controller?.abort()
    this.#pending.clear()
    this.#call = call
    this.#progress = undefined
    this.#progressCount = 0
    this.logs.clear()
    this.transcript.begin()
    this.run.value = {
      state: 'running',
      at: Date.now(),
      startedAt: performance.now(),
      era: clientEra.peek(),
      rounds: 1,
      answeredByRules: 0,
      progressCount: 0,
      args: call.args,
    }
    void this.#send({})
  }

  /** Sends the answers to all questions, and goes on. */
  answer(answers: Record<string, object>): void {
    const run = this.run.value
    if (run?.state !== 'asking') return
    if (this.#pending.size > 0) {
      for (const [key, answer] of Object.entries(answers)) this.#pending.get(key)?.(answer)
      this.#pending.clear()
      this.#change({ state: 'running', questions: undefined, rounds: run.rounds + 1 })
      return
    }
    this.#goOn(answers)
  }

  cancel(): void {
    if (!this.run.value || !['running', 'asking'].includes(this.run.value.state)) return
    const { task } = this.run.value
    if (task) {
      // the task goes on by itself, and says when it has stopped
      cancelTask(task.taskId, (direction, message) => this.transcript.add(direction, message)).catch(() => {})
      if (this.run.value.state === 'running') return
    }
    this.#controller?.abort()
    this.#pending.clear()
    this.#end({ state: 'cancelled' })
  }

  /** Shows nothing. A call in progress is aborted. */
  clear(): void {
    this.cancel()
    this.run.value = undefined
  }

  async #send(more: object): Promise<void> {
    const { method, params, headers, logLevel, extensions } = this.#call as Call
    const controller = new AbortController()
    this.#controller = controller
    unrelated.onrequest = (question) => this.#ask(question)
    try {
      const reply = await request(
        method,
        { ...params, ...more },
        {
          ...(headers && this.run.value?.era === '2026' && { headers }),
          ...(logLevel && { logLevel }),
          ...(extensions && { extensions }),
          signal: controller.signal,
          progressToken: crypto.randomUUID(),
          onnotification: (notification) => this.#notified(notification),
          onrequest: (question) => this.#ask(question),
          onmessage: (direction, message) => this.transcript.add(direction, message),
        },
      )
      if (this.#controller !== controller || controller.signal.aborted) return
      if (reply.result?.resultType === 'input_required') this.#askModern(reply)
      else if (reply.result?.resultType === 'task') await this.#follow(reply.result, controller)
      else this.#end({ state: 'done', reply })
    } catch (error) {
      if (this.#controller !== controller || controller.signal.aborted) return
      this.#end({ state: 'failed', failure: (error as Error).message })
    }
  }

  async #follow(created: Task, controller: AbortController): Promise<void> {
    const reply = await followTask(created, {
      signal: controller.signal,
      onchange: (task) => this.#change({ task }),
      ask: (questions) => this.#askAll(questions),
      onmessage: (direction, message) => this.transcript.add(direction, message),
    })
    this.#end(reply ? { state: 'done', reply } : { state: 'cancelled' })
  }

  async #askAll(questions: Record<string, Question>): Promise<Record<string, object>> {
    const answers = Object.entries(questions).map(
      async ([key, question]) => [key, await this.#ask(question)] as const,
    )
    return Object.fromEntries(await Promise.all(answers))
  }

  #notified({ method, params }: Notification): void {
    if (method === 'notifications/message') this.logs.add(params)
    else if (method !== 'notifications/progress') unrelated.onnotification?.({ method, params })
    else {
      this.#progress = params
      this.#progressCount += 1
      this.#showProgress()
    }
  }

  /** Asks what a 2026-07-28 server has replied with, unless rules answer all of it. */
  #askModern(reply: Reply): void {
    const questions: Record<string, Question> = reply.result.inputRequests ?? {}
    const answers = Object.entries(questions).map(([key, question]) => [key, findAnswer(question)] as const)
    const isAnswered = answers.length > 0 && answers.every(([, answer]) => answer !== undefined)
    const answeredByRules = (this.run.value?.answeredByRules ?? 0) + answers.length
    if (isAnswered && answeredByRules <= MAX_ROUNDS_BY_RULES) {
      this.#change({ answeredByRules, reply })
      this.#goOn(Object.fromEntries(answers) as Record<string, object>)
    } else this.#change({ state: 'asking', reply, questions })
  }

  #goOn(inputResponses: Record<string, object>): void {
    const { rounds = 0, reply } = this.run.value ?? {}
    const { requestState } = reply?.result ?? {}
    this.#change({ state: 'running', rounds: rounds + 1, reply: undefined, questions: undefined })
    void this.#send({ inputResponses, ...(requestState !== undefined && { requestState }) })
  }

  /** Asks one question of a 2025-era server, whose call goes on meanwhile. */
  #ask(question: Question): Promise<object> {
    const ruled = findAnswer(question)
    const run = this.run.value
    if (!run || !['running', 'asking'].includes(run.state)) {
      return Promise.reject(new Error('No call is in progress that could answer this'))
    }
    if (ruled && run.answeredByRules < MAX_ROUNDS_BY_RULES) {
      this.#change({ answeredByRules: run.answeredByRules + 1 })
      return Promise.resolve(ruled)
    }
    return new Promise((resolve) => {
      const key = crypto.randomUUID()
      this.#pending.set(key, resolve)
      this.#change({ state: 'asking', questions: { ...run.questions, [key]: question } })
    })
  }

  #end(changes: Partial<Run>): void {
    const run = this.run.value
    if (!run) return
    const elapsedMs = performance.now() - run.startedAt
    const progress = this.#progress && { progress: this.#progress, progressCount: this.#progressCount }
    this.run.value = { ...run, questions: undefined, ...progress, ...changes, elapsedMs }
    this.#onend(this.run.value)
  }

  #change(changes: Partial<Run>): void {
    if (this.run.value) this.run.value = { ...this.run.value, ...changes }
  }
}
