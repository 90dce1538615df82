import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type { ClientCapabilities, Result } from '@modelcontextprotocol/sdk/types.js'
import type { ServerRequest } from '@portico-mcp/core'

/** What a task does at the moment. The last three are final. */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

/** A JSON-RPC error that a task ended with. */
export interface TaskError {
  code: number
  message: string
  data?: unknown
}

/** The call that a task runs. */
export interface StoredCall {
  readonly name: string
  readonly arguments?: Record<string, unknown> | undefined
  readonly clientCapabilities: ClientCapabilities
  /** The caller, without its token. */
  readonly authInfo?: AuthInfo | undefined
  /** The URL that the call was sent to. */
  readonly url: string
}

/** A request of a task to its client. */
export interface Question {
  /** The key in `inputRequests`. It is used once in the life of a task. */
  readonly key: string
  readonly request: ServerRequest
  /** The digest of a request that a handler waits for; undefined if the handler returned the request. */
  readonly digest?: string | undefined
  /** The key that the handler chose, if it returned the request. */
  readonly name?: string | undefined
  /** The answer of the client. */
  readonly result?: Result | undefined
}

/** The state that a handler starts with when it runs again. */
export interface RunState {
  readonly round: number
  readonly callId: string
  /** The results of `once`. */
  readonly done: readonly (readonly [key: string, result: { value?: unknown }])[]
  readonly inputResponses?: Record<string, unknown> | undefined
  readonly requestState?: string | undefined
}

/** What is stored of a task, encrypted. */
export interface TaskRecord {
  /** A digest of the caller; `''` for an anonymous caller. */
  readonly principal: string
  readonly tool: string
  readonly status: TaskStatus
  readonly statusMessage?: string | undefined
  /** In milliseconds since the epoch. */
  readonly createdAt: number
  readonly lastUpdatedAt: number
  readonly ttlMs: number
  readonly pollIntervalMs: number
  /** Undefined once the task has ended. */
  readonly call?: StoredCall | undefined
  readonly state: RunState
  readonly questions: readonly Question[]
  /** The number of keys of questions that have been used. */
  readonly keys: number
  /** Whether answers have come since the last run. */
  readonly hasNews?: boolean | undefined
  /** The run that has the task now; without a heartbeat it is taken for dead after `until`. */
  readonly lease?: { readonly run: string; readonly until: number } | undefined
  /** Whether the task is ended by `complete` or `fail`, and not by its handler. */
  readonly isExternal?: boolean | undefined
  readonly result?: Result | undefined
  readonly error?: TaskError | undefined
}

/** Whether a task has ended. */
export const isFinal = ({ status }: Pick<TaskRecord, 'status'>): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled'

/** The questions that have no answer. */
export const openQuestions = ({ questions }: TaskRecord): readonly Question[] =>
  questions.filter(({ result }) => result === undefined)

/** How a task ends. */
export type Ending = Pick<TaskRecord, 'statusMessage' | 'result' | 'error'> & {
  readonly status: 'completed' | 'failed' | 'cancelled'
}

/** Ends a task, and drops what only a running task needs. */
export function end(record: TaskRecord, ending: Ending): TaskRecord {
  const { call: _, lease: __, hasNews: ___, ...kept } = record
  const state = { round: 0, callId: '', done: [] }
  const statusMessage = ending.statusMessage ?? ending.error?.message ?? record.statusMessage
  return { ...kept, ...ending, statusMessage, state, questions: [], lastUpdatedAt: Date.now() }
}

/** Adds requests to the client. */
export function addQuestions(
  record: TaskRecord,
  added: readonly Omit<Question, 'key' | 'result'>[],
): TaskRecord {
  const questions = added.map((question, index) => ({ ...question, key: `input-${record.keys + index + 1}` }))
  const keys = record.keys + added.length
  return withStatus({ ...record, questions: [...record.questions, ...questions], keys })
}

/** Sets the status of a running task by its open questions. */
function withStatus(record: TaskRecord): TaskRecord {
  const status = openQuestions(record).length > 0 ? 'input_required' : 'working'
  return { ...record, status, lastUpdatedAt: Date.now() }
}

/** Notes answers of the client; undefined if none of them answers an open question. */
export function addAnswers(
  record: TaskRecord,
  answers: Readonly<Record<string, unknown>>,
): TaskRecord | undefined {
  const isAnswered = ({ key, result }: Question): boolean =>
    result === undefined && Object.hasOwn(answers, key)
  if (isFinal(record) || !record.questions.some(isAnswered)) return undefined
  const questions = record.questions.map((question) =>
    isAnswered(question) ? { ...question, result: answers[question.key] as Result } : question,
  )
  return withStatus({ ...record, questions, hasNews: true })
}
