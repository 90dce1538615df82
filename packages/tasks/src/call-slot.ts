import type { ExtensionCall, HandlerExtra } from '@portico-mcp/core'
import { findRequestContext } from '@portico-mcp/core/internal'
import type { LiveRun } from './run/run-host.ts'

/** What tasks know of one call while its handler runs. */
export interface CallSlot {
  readonly call: ExtensionCall
  /** The run that the call is, or becomes. */
  run?: LiveRun | undefined
  /** Makes the call a task that is ended from elsewhere. */
  createTask(options: CreateTaskOptions): Promise<LiveRun>
}

/** Options of a task that is created in a handler. */
export interface CreateTaskOptions {
  /** Milliseconds for which the task is kept. @defaultValue that of the tool */
  ttlMs?: number | undefined
  /** Milliseconds between two requests of a client that waits. @defaultValue that of the tool */
  pollIntervalMs?: number | undefined
  /** What the task does at the moment. */
  statusMessage?: string | undefined
}

const SLOT = Symbol('task')

/** Keeps the slot of a call where its handler finds it. */
export function setSlot(slot: CallSlot): void {
  const { context } = slot.call
  ;(context as { [SLOT]?: CallSlot })[SLOT] = slot
  context.members = { task: { get: () => describeRun(slot.run), configurable: true, enumerable: true } }
}

/** Finds the slot of a call by the last argument of its handler. */
export const findSlot = (caller: string, extra: HandlerExtra): CallSlot | undefined =>
  (findRequestContext(caller, extra) as { [SLOT]?: CallSlot } | undefined)?.[SLOT]

/** The task that a handler runs as. */
export interface RunningTask {
  readonly id: string
  /** Aborts when the task is cancelled or expires, or when another process has taken it over. */
  readonly signal: AbortSignal
  /** Shows the client what the task does at the moment. */
  update(statusMessage: string): void
}

/**
 * Returns the task that a handler runs as; undefined while the call is not to be a task. The client gets the task if the
 * handler neither answers nor asks at once. `extra.task` is the same, but the types of the SDK do not have it.
 *
 * @param extra - The last argument of the handler.
 * @throws TypeError for any other value.
 */
export function taskOf(extra: HandlerExtra): RunningTask | undefined {
  return describeRun(findSlot('taskOf', extra)?.run)
}

const describeRun = (run: LiveRun | undefined): RunningTask | undefined =>
  run && {
    id: run.taskId,
    signal: run.signal,
    update: (statusMessage) => run.update(statusMessage),
  }
