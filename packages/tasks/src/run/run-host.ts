import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { ExtensionCall } from '@portico-mcp/core'
import type { TasksSettings } from '../options.ts'
import type { TaskRecord } from '../record/task-record.ts'
import type { TaskRepository } from '../record/task-repository.ts'

/** A task that a process runs, or that waits in it for its client. */
export interface LiveRun {
  readonly taskId: string
  /** Identifies the run in the lease of the record. */
  readonly id: string
  readonly record: TaskRecord
  /** Settles when the process is done with the task; rejects if the call of a job broke off. */
  readonly outcome: Promise<unknown>
  /** Aborts when the process may no longer run the task. */
  readonly signal: AbortSignal
  /** Whether the task is ended by `complete` or `fail`, and not by its handler. */
  isExternal: boolean
  /** Whether its handler has been called. */
  hasBegun: boolean
  /** Takes what the server sends in a call. */
  attach(call: ExtensionCall): void
  /** Follows a call to its end, and stores how it ends. It never rejects. */
  follow(answer: Promise<JSONRPCResponse>): Promise<void>
  /** Shows what the task does at the moment. */
  update(statusMessage: string | undefined): void
  /** Goes on with a record that others may have changed; undefined if the task does not exist any more. */
  apply(record: TaskRecord | undefined): void
  /** Handles a call that broke off: its process stops, or its server has closed. */
  lose(error: unknown): Promise<void>
}

/** What runs need of the process that runs them. */
export interface RunHost {
  readonly settings: TasksSettings
  readonly repository: TaskRepository
  readonly report: (error: unknown) => void
  /** Changes a task, and tells those who listen to it. */
  change(
    taskId: string,
    change: (record: TaskRecord) => TaskRecord | undefined,
  ): ReturnType<TaskRepository['change']>
  /** Calls the handler of a run that no client waits for. */
  execute(run: LiveRun): void
  add(run: LiveRun): void
  remove(run: LiveRun): void
}
