import type { CallToolResult, Result } from '@modelcontextprotocol/sdk/types.js'
import type { HandlerExtra, McpExtension, McpServerFactory, ServerRequest } from '@portico-mcp/core'
import { aroundCall, leavesCall } from './around-call.ts'
import type { CreateTaskOptions } from './call-slot.ts'
import { Engine } from './engine.ts'
import { ask, createTask, type TaskHandle } from './external-tasks.ts'
import { TASKS_ID } from './internal-call.ts'
import { createLegacy } from './legacy/methods.ts'
import { createMethods, createSubscription } from './methods.ts'
import { readOptions, type TasksOptions } from './options.ts'
import type { TaskWorker } from './queue/task-queue.ts'
import { toCompletion } from './record/ending.ts'
import type { TaskError } from './record/task-record.ts'
import { startWorker, type WorkerOptions, workFor } from './worker.ts'

/** The tasks extension of a handler, and what other code does with its tasks. */
export interface Tasks extends McpExtension {
  /**
   * Makes the call of a handler a task that is ended from elsewhere, with `complete` or `fail`. The return value of the
   * handler is not used then.
   *
   * @param extra - The last argument of the handler.
   * @throws Refusal `missing-capability` if the client does not declare the extension: the call is answered with it.
   */
  create(extra: HandlerExtra, options?: CreateTaskOptions): Promise<TaskHandle>
  /** Ends a task with its result. @returns Whether there was such a task that had not ended. */
  complete(taskId: string, result: CallToolResult): Promise<boolean>
  /** Ends a task with a JSON-RPC error. @returns Whether there was such a task that had not ended. */
  fail(taskId: string, error: TaskError): Promise<boolean>
  /** Shows the client what a task does at the moment. @returns Whether there is such a task that has not ended. */
  update(taskId: string, statusMessage: string): Promise<boolean>
  /**
   * Asks the client of a task.
   *
   * @param requests - The requests, such as `inputRequired.elicit(…)`, by keys of your own.
   * @returns The answers by the same keys, once all of them are there.
   * @throws Error if the task ends first.
   */
  ask(taskId: string, requests: Readonly<Record<string, ServerRequest>>): Promise<Record<string, Result>>
  /**
   * Starts a worker in this process, which runs tasks of the queue without serving HTTP.
   *
   * @param factory - Builds the server, as for `createMcpHandler`.
   */
  worker(factory: McpServerFactory, options?: WorkerOptions): TaskWorker
  /** The number of tasks that this process runs at the moment. */
  readonly running: number
}

/**
 * Lets calls outlive their connection: the tasks extension of 2026-07-28, and the tasks of 2025-11-25. Pass it to
 * `createMcpHandler` in `extensions`.
 *
 * @param options - See {@link TasksOptions}.
 * @throws TypeError or RangeError for an option that is unknown or not allowed.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { tasks } from '@portico-mcp/tasks'
 *
 * const factory = () => {
 *   const server = new McpServer({ name: 'reports', version: '1.0.0' })
 *   server.registerTool('report', { description: 'Takes a minute' }, async () => {
 *     await new Promise((resolve) => setTimeout(resolve, 60_000))
 *     return { content: [{ type: 'text', text: 'All is well' }] }
 *   })
 *   return server
 * }
 *
 * export default createMcpHandler(factory, { extensions: [tasks({ promoteAfterMs: 10_000 })] })
 * ```
 */
export function tasks(options: TasksOptions = {}): Tasks {
  const engine = new Engine(readOptions(options))
  let ownWorker: TaskWorker | undefined
  return {
    id: TASKS_ID,
    methods: createMethods(engine),
    subscriptions: { taskIds: createSubscription(engine) },
    legacy: createLegacy(engine),
    aroundCall: (call, proceed) => aroundCall(engine, call, proceed),
    leavesCall: (call) => leavesCall(engine, call),
    open(context) {
      engine.open(context)
      const { queue, work } = engine.settings
      if (queue && work) ownWorker = workFor(engine, queue, context)
    },
    async close() {
      const closing = ownWorker?.close()
      await engine.close()
      await closing
    },
    create: (extra, settings) => createTask(engine, extra, settings),
    complete: (taskId, result) => engine.end(taskId, toCompletion(result, engine.settings.maxResultBytes)),
    fail: (taskId, { code, message, data }) =>
      engine.end(taskId, { status: 'failed', error: { code, message, data } }),
    update: async (taskId, statusMessage) => {
      const changed = await engine.changeFromOutside(taskId, (record) =>
        record.call ? { ...record, statusMessage, lastUpdatedAt: Date.now() } : undefined,
      )
      return changed?.isChanged === true
    },
    ask: (taskId, requests) => ask(engine, taskId, requests),
    worker: (factory, settings) => startWorker(engine, factory, settings),
    get running() {
      return engine.running
    },
  }
}
