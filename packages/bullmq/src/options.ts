import { optionRules, type Rules, reporter, validateOptions } from '@portico-mcp/core/internal'
import type { BackoffOptions, ConnectionOptions, KeepJobs, Telemetry } from 'bullmq'

/** Options of `bullmqQueue`. */
export interface BullmqQueueOptions {
  /**
   * How BullMQ reaches Redis 6.2 or later: `{ url }` (default `redis://127.0.0.1:6379`), options of `ioredis`, or a client of `ioredis` or `redis`, which
   * stays open when the queue is closed.
   */
  connection: ConnectionOptions | { url?: string | undefined }
  /** The prefix of all keys. Braces keep them in one slot of a Cluster, as BullMQ needs it. @defaultValue `{portico}` */
  prefix?: string | undefined
  /** The name of the queue, without colons. @defaultValue `tasks` */
  name?: string | undefined
  /** How many tasks a worker runs at the same time. @defaultValue 10 */
  concurrency?: number | undefined
  /** How often a task is run that fails because of a defect or an outage, the first time included. @defaultValue 3 */
  attempts?: number | undefined
  /**
   * The time before the next attempt: milliseconds, or `{ type: 'fixed' | 'exponential', delay, jitter? }`.
   * @defaultValue exponential from 1000 ms
   */
  backoff?: number | BackoffOptions | undefined
  /**
   * Milliseconds without a sign of life after which a worker counts as dead. Its tasks run elsewhere within twice this
   * time. A handler that blocks the event loop for longer is run a second time. @defaultValue 30000
   */
  stalledIntervalMs?: number | undefined
  /** How many workers may die with a task. After that, the task fails. @defaultValue 5 */
  maxStalls?: number | undefined
  /** Milliseconds within which a job is added or removed. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Which ended jobs stay in Redis: BullMQ's `removeOnComplete`. @defaultValue true, which keeps none */
  removeOnComplete?: boolean | number | KeepJobs | undefined
  /** Which failed jobs stay in Redis: BullMQ's `removeOnFail`. @defaultValue true, which keeps none */
  removeOnFail?: boolean | number | KeepJobs | undefined
  /** BullMQ's telemetry, such as `BullMQOtel` of `bullmq-otel`. */
  telemetry?: Telemetry | undefined
  /** Called once when the connection that adds jobs is lost. What it throws is ignored. */
  onerror?: ((error: Error) => void) | undefined
}

/** The options with their defaults. */
export type Settings = Required<Omit<BullmqQueueOptions, 'connection' | 'telemetry' | 'onerror'>> & {
  connection: ConnectionOptions
  telemetry: Telemetry | undefined
  report: (error: Error) => void
}

const keepsJobs = optionRules.anyOfRules(
  optionRules.flag,
  optionRules.integerFrom(0),
  optionRules.plainObject,
)

const RULES: Rules<keyof BullmqQueueOptions> = {
  // It may contain a password, so its value is not shown.
  connection: optionRules.secret(optionRules.plainObject),
  prefix: optionRules.text,
  name: {
    allowed: 'a string that is not empty, without colons',
    isAllowed: (name) => optionRules.text.isAllowed(name) && !(name as string).includes(':'),
  },
  concurrency: optionRules.integerFrom(1),
  attempts: optionRules.integerFrom(1),
  backoff: optionRules.anyOfRules(optionRules.timerMs(), optionRules.plainObject),
  stalledIntervalMs: optionRules.timerMs(100),
  maxStalls: optionRules.integerFrom(0),
  timeoutMs: optionRules.timerMs(1),
  removeOnComplete: keepsJobs,
  removeOnFail: keepsJobs,
  telemetry: optionRules.plainObject,
  onerror: optionRules.callback,
}

/**
 * Validates the options and fills in the defaults.
 *
 * @throws TypeError for an unknown option or a value of the wrong type. @throws RangeError for a number out of range.
 */
export function readOptions(options: BullmqQueueOptions): Settings {
  validateOptions('bullmqQueue', options, RULES)
  if (options.connection === undefined) {
    throw new TypeError('bullmqQueue: connection must be set, for example to { url: process.env.REDIS_URL }')
  }
  return {
    connection: options.connection as ConnectionOptions,
    prefix: options.prefix ?? '{portico}',
    name: options.name ?? 'tasks',
    concurrency: options.concurrency ?? 10,
    attempts: options.attempts ?? 3,
    backoff: options.backoff ?? { type: 'exponential', delay: 1000 },
    stalledIntervalMs: options.stalledIntervalMs ?? 30_000,
    maxStalls: options.maxStalls ?? 5,
    timeoutMs: options.timeoutMs ?? 5000,
    removeOnComplete: options.removeOnComplete ?? true,
    removeOnFail: options.removeOnFail ?? true,
    telemetry: options.telemetry,
    report: reporter(options.onerror),
  }
}
