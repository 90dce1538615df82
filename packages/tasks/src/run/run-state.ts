import type { CallContext } from '@portico-mcp/core'
import { findRequestRefusal, type readInterim } from '@portico-mcp/core/internal'
import {
  addQuestions,
  type Ending,
  type Question,
  type RunState,
  type TaskRecord,
} from '../record/task-record.ts'

/** The requests and the state that a handler has returned. */
export type Interim = NonNullable<ReturnType<typeof readInterim>>

/** Reads the state of a handler's run, for the record of its task. */
export function readState(context: CallContext): RunState {
  const { round, inputResponses, requestState, done } = context
  context.callId ??= crypto.randomUUID()
  return { round, callId: context.callId, done: [...done], inputResponses, requestState }
}

/** Gives a handler that runs again the state of its run before. */
export function restoreState(context: CallContext, state: RunState): void {
  const { round, callId, done, inputResponses, requestState } = state
  Object.assign(context, { round, callId, inputResponses, requestState, done: new Map(done) })
}

const isReturned = ({ name }: Question): boolean => name !== undefined

/** Whether a handler that has returned requests may run again: each of them has its answer. */
export const canResume = ({ questions }: TaskRecord): boolean =>
  questions.every((question) => !isReturned(question) || question.result !== undefined)

/** Hands the answers to requests that a handler has returned over to its next run. */
export function takeAnswers(record: TaskRecord): TaskRecord {
  const returned = record.questions.filter(isReturned)
  if (returned.length === 0 || !canResume(record)) return record
  const inputResponses = Object.fromEntries(returned.map(({ name, result }) => [name, result]))
  const questions = record.questions.filter((question) => !isReturned(question))
  return { ...record, questions, state: { ...record.state, inputResponses } }
}

const MAX_ROUNDS = 32

/** How a task ends whose handler has returned a request that its client cannot get; undefined if there is none. */
export function findRefusal(
  { call, state }: TaskRecord,
  { inputRequests = {} }: Interim,
): Ending | undefined {
  // A handler that asks for nothing runs again at once, and might do so for ever.
  if (Object.keys(inputRequests).length === 0 && state.round >= MAX_ROUNDS) {
    return { status: 'failed', error: { code: -32603, message: `The task took ${MAX_ROUNDS} rounds` } }
  }
  for (const request of Object.values(inputRequests)) {
    const refusal = findRequestRefusal(request, call?.clientCapabilities ?? {})
    if (!refusal) continue
    const { code, message, data } = refusal
    return { status: 'failed', error: { code, message, data } }
  }
  return undefined
}

/** Notes what a handler has returned, for its next run. */
export function pause(record: TaskRecord, { inputRequests = {}, requestState }: Interim): TaskRecord {
  const added = Object.entries(inputRequests).map(([name, request]) => ({ name, request }))
  const state = { ...record.state, round: record.state.round + 1, requestState, inputResponses: undefined }
  return { ...addQuestions(record, added), state }
}
