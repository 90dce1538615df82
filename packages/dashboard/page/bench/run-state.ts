import type { ClientEra } from '../protocol/era.ts'
import type { Question, Reply } from '../protocol/messages.ts'
import type { Task } from './follow-task.ts'

export interface Progress {
  progress: number
  total?: number
  message?: string
}

/** A call from its beginning to its result, over as many rounds as it takes. */
export interface Run {
  state: 'running' | 'asking' | 'done' | 'failed' | 'cancelled'
  /** Milliseconds since the epoch. */
  at: number
  /** When it began, on the clock of `performance`. */
  startedAt: number
  elapsedMs?: number
  era: ClientEra
  rounds: number
  /** Questions that rules have answered. */
  answeredByRules: number
  /** The arguments, as the form has them. */
  args: unknown
  /** What the server asks, by key. */
  questions?: Record<string, Question> | undefined
  /** The task that the call has become. */
  task?: Task
  progress?: Progress
  progressCount: number
  reply?: Reply | undefined
  failure?: string
}

export interface Call {
  method: string
  params: object
  args: unknown
  headers?: Record<string, string>
  logLevel?: string | undefined
  extensions?: Record<string, object>
}
