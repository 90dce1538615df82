import type { ExtensionRequest } from '@portico-mcp/core'
import { optionRules, type Rules, shown, validateOptions } from '@portico-mcp/core/internal'
import type { TaskQueue } from './queue/task-queue.ts'
import type { TaskStatusChange } from './record/task-repository.ts'
import { InMemoryTaskStore } from './store/in-memory-task-store.ts'
import type { TaskStore } from './store/task-store.ts'

/** How the calls of a tool become tasks. */
export interface ToolRule {
  /**
   * `forbidden`: never; `optional`: the calls of every client that can handle tasks; `required`: other clients are
   * refused. @defaultValue what the tool was registered with in `execution.taskSupport`, otherwise `forbidden`
   */
  support?: 'forbidden' | 'optional' | 'required' | undefined
  /** Milliseconds for which a task is kept, from its creation. @defaultValue `ttlMs` of the options */
  ttlMs?: number | undefined
  /** Milliseconds between two requests of a client that waits. @defaultValue `pollIntervalMs` of the options */
  pollIntervalMs?: number | undefined
}

/** Options of `tasks`. */
export interface TasksOptions {
  /** Where tasks are kept. @defaultValue an `InMemoryTaskStore` */
  store?: TaskStore | undefined
  /** Hands tasks to workers. Without one, the process that gets a call runs it. */
  queue?: TaskQueue | undefined
  /** Whether the handler's own process takes jobs of the queue. @defaultValue true */
  work?: boolean | undefined
  /** Rules by the name of a tool; `*` stands for any characters. The first rule that matches applies. */
  tools?: Readonly<Record<string, ToolRule>> | undefined
  /**
   * Milliseconds after which the call of a client that declares the extension becomes a task, if no rule applies to its
   * tool. @defaultValue such calls never become tasks
   */
  promoteAfterMs?: number | undefined
  /** Milliseconds for which a task is kept, from its creation. @defaultValue 3600000 (1 hour) */
  ttlMs?: number | undefined
  /** Milliseconds between two requests of a client that waits. @defaultValue 1000 */
  pollIntervalMs?: number | undefined
  /**
   * Secrets of at least 32 bytes that encrypt what is stored: the first one encrypts, all of them decrypt.
   * @defaultValue `requestState.keys` of the handler
   */
  keys?: readonly (string | Uint8Array)[] | undefined
  /**
   * Decides whether the owner of a task may still use tasks of its tool, before each `tasks/*` request: check scopes as you
   * do for the tool. A task that may not be used looks like one that does not exist. @defaultValue every owner may
   */
  authorize?: ((tool: string, request: ExtensionRequest) => boolean | Promise<boolean>) | undefined
  /** Largest number of tasks of one verified caller. @defaultValue 100 */
  maxTasksPerOwner?: number | undefined
  /** Largest number of tasks in the store. @defaultValue 10000 */
  maxTasks?: number | undefined
  /** Largest result of a task as JSON, in bytes: a larger one makes the task fail. @defaultValue 200000 */
  maxResultBytes?: number | undefined
  /**
   * Milliseconds for which a handler waits for an answer of its client. Then it is ended, and runs again with the answer.
   * The SDK itself gives up after 60 seconds. @defaultValue 30000
   */
  waitMs?: number | undefined
  /**
   * Milliseconds without a heartbeat after which the process that runs a task is taken for dead. @defaultValue 15000
   */
  leaseMs?: number | undefined
  /**
   * Called when the status of a task has changed, in the process that has changed it: once for each change, however many
   * processes there are. What it throws is reported.
   */
  onstatus?: ((change: TaskStatusChange) => void) | undefined
}

/** The options with their defaults. */
export interface TasksSettings
  extends Required<
    Omit<TasksOptions, 'queue' | 'promoteAfterMs' | 'keys' | 'tools' | 'authorize' | 'onstatus'>
  > {
  authorize: TasksOptions['authorize']
  queue: TaskQueue | undefined
  promoteAfterMs: number | undefined
  keys: TasksOptions['keys']
  onstatus: TasksOptions['onstatus']
  tools: Readonly<Record<string, ToolRule>>
}

const MAX_RESULT_BYTES = 200_000
// Stored tasks are removed by timers and databases that count in seconds.
const MAX_TTL_MS = 30 * 24 * 60 * 60_000

const TOOL_RULES: Rules<keyof ToolRule> = {
  support: optionRules.oneOf('forbidden', 'optional', 'required'),
  ttlMs: optionRules.integerFrom(1000, MAX_TTL_MS, 'milliseconds'),
  pollIntervalMs: optionRules.integerFrom(1, MAX_TTL_MS, 'milliseconds'),
}

const isSecret = (key: unknown): boolean =>
  typeof key === 'string'
    ? new TextEncoder().encode(key).length >= 32
    : key instanceof Uint8Array && key.length >= 32

const RULES: Rules<keyof TasksOptions> = {
  store: optionRules.objectWith('createTask', 'getTask', 'updateTask', 'listTasks', 'deleteTask'),
  queue: optionRules.objectWith('add', 'work', 'remove'),
  work: optionRules.flag,
  tools: optionRules.plainObject,
  promoteAfterMs: optionRules.timerMs(),
  ttlMs: TOOL_RULES.ttlMs,
  pollIntervalMs: TOOL_RULES.pollIntervalMs,
  keys: optionRules.secret({
    allowed: 'a list of secrets of at least 32 bytes each',
    isAllowed: (keys) => Array.isArray(keys) && keys.length > 0 && keys.every(isSecret),
  }),
  authorize: optionRules.callback,
  maxTasksPerOwner: optionRules.integerFrom(1),
  maxTasks: optionRules.integerFrom(1),
  maxResultBytes: optionRules.integerFrom(1, MAX_RESULT_BYTES, 'bytes'),
  waitMs: optionRules.timerMs(1),
  leaseMs: optionRules.integerFrom(50, 3_600_000, 'milliseconds'),
  onstatus: optionRules.callback,
}

/** @throws TypeError or RangeError that names the option, the value and what is allowed. */
export function readOptions(options: TasksOptions): TasksSettings {
  validateOptions('tasks', options, RULES)
  for (const [name, rule] of Object.entries(options.tools ?? {})) {
    if (typeof rule !== 'object' || rule === null)
      throw new TypeError(`tasks: tools["${name}"] must be an object (got ${shown(rule)})`)
    validateOptions(`tasks: tools["${name}"]`, rule, TOOL_RULES)
  }
  const { queue, promoteAfterMs, keys } = options
  return {
    store: options.store ?? new InMemoryTaskStore(),
    queue,
    work: options.work ?? true,
    tools: options.tools ?? {},
    promoteAfterMs,
    ttlMs: options.ttlMs ?? 3_600_000,
    pollIntervalMs: options.pollIntervalMs ?? 1000,
    keys,
    authorize: options.authorize,
    onstatus: options.onstatus,
    maxTasksPerOwner: options.maxTasksPerOwner ?? 100,
    maxTasks: options.maxTasks ?? 10_000,
    maxResultBytes: options.maxResultBytes ?? MAX_RESULT_BYTES,
    waitMs: options.waitMs ?? 30_000,
    leaseMs: options.leaseMs ?? 15_000,
  }
}
