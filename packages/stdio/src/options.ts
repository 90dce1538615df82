import { optionRules, type Rules, validateOptions } from '@portico-mcp/core/internal'
import { type ConnectionOptions, SECRET_STRINGS } from './connection-options.ts'

/** Which requests share a process: none, those of one caller, or all. */
export type StdioShare = 'none' | 'caller' | 'all'

/** A line that a process has written to its standard error. */
export interface StdioLogLine {
  /** The line, at most 4096 bytes of it, without secrets that are known. */
  readonly text: string
  readonly command: string
  readonly pid: number
}

/** Options of `stdioServer` and `createStdioPool`. */
export interface StdioServerOptions extends ConnectionOptions {
  /** The program to start, such as `npx`. It is looked up in `PATH`, and no shell reads it. */
  command: string
  /** Its arguments. @defaultValue none */
  args?: readonly string[] | undefined
  /**
   * Environment variables that are set for the process. It gets nothing else of this process' environment but `PATH`,
   * `HOME`, `USER` and a few others without secrets. @defaultValue none
   */
  env?: Readonly<Record<string, string>> | undefined
  /** Names of further variables of this process' environment that it gets. @defaultValue none */
  inheritEnv?: readonly string[] | undefined
  /** The folder that it is started in. @defaultValue the folder of this process */
  cwd?: string | undefined
  /**
   * Who shares a process. A session always has its own. `'none'`: each request has its own. `'caller'`: the requests of
   * one caller share one. `'all'`: all requests share one, for servers that keep no state of their callers.
   * @defaultValue 'caller'
   */
  share?: StdioShare | undefined
  /** The number of processes at once, those of sessions and spare ones included. @defaultValue 32 */
  maxProcesses?: number | undefined
  /**
   * The number of processes of one known caller.
   * @defaultValue a quarter of `maxProcesses`, at least 1
   */
  maxProcessesPerCaller?: number | undefined
  /**
   * The number of processes that are started in advance.
   * @defaultValue 1 with `share: 'none'`, otherwise 0
   */
  spareProcesses?: number | undefined
  /** Milliseconds that a process may take to start and to answer `initialize`. @defaultValue 60000 */
  startTimeoutMs?: number | undefined
  /** Milliseconds between the closing of its input, SIGTERM and SIGKILL when a process is stopped. @defaultValue 2000 */
  closeTimeoutMs?: number | undefined
  /** The number of requests that wait for a process; further ones get 503. @defaultValue 64 */
  maxQueue?: number | undefined
  /** Milliseconds that a request waits for a process before it gets 503. @defaultValue 10000 */
  queueTimeoutMs?: number | undefined
  /**
   * The memory of a process and of those that it starts, in bytes. One that uses more is ended, and its calls fail. It
   * is measured every 2 seconds, on Linux and macOS. @defaultValue no limit
   */
  maxMemoryBytes?: number | undefined
  /** Milliseconds between the pings that every process has to answer; 0 for none. @defaultValue 30000 */
  pingIntervalMs?: number | undefined
  /** Milliseconds that a process may take to answer a ping. One that takes longer is ended. @defaultValue 30000 */
  pingTimeoutMs?: number | undefined
  /** Takes each line of the standard error of a process. @defaultValue it is written to this process' standard error */
  onstderr?: ((line: StdioLogLine) => void) | undefined
}

/** The options with their defaults. */
export type StdioSettings = Required<Omit<StdioServerOptions, 'cwd' | 'caller'>> &
  Pick<StdioServerOptions, 'cwd' | 'caller'>

/** The options of a pool, whatever its connections lead to. */
export type PoolSettings = Pick<
  StdioSettings,
  | 'share'
  | 'caller'
  | 'maxProcesses'
  | 'maxProcessesPerCaller'
  | 'spareProcesses'
  | 'idleTimeoutMs'
  | 'startTimeoutMs'
  | 'maxQueue'
  | 'queueTimeoutMs'
  | 'maxMemoryBytes'
  | 'pingIntervalMs'
  | 'pingTimeoutMs'
  | 'onerror'
>

const RULES: Rules<keyof StdioServerOptions> = {
  command: optionRules.text,
  args: optionRules.listOf(optionRules.string, 'strings'),
  env: SECRET_STRINGS,
  inheritEnv: optionRules.texts,
  cwd: optionRules.text,
  share: optionRules.oneOf('none', 'caller', 'all'),
  caller: optionRules.callback,
  maxProcesses: optionRules.integerFrom(1),
  maxProcessesPerCaller: optionRules.integerFrom(1),
  spareProcesses: optionRules.integerFrom(0),
  idleTimeoutMs: optionRules.timerMs(1),
  startTimeoutMs: optionRules.timerMs(1),
  closeTimeoutMs: optionRules.timerMs(1),
  maxQueue: optionRules.integerFrom(0),
  queueTimeoutMs: optionRules.timerMs(1),
  maxMessageBytes: optionRules.integerFrom(1024, undefined, 'bytes'),
  maxMemoryBytes: optionRules.positive('bytes'),
  pingIntervalMs: optionRules.timerMs(),
  pingTimeoutMs: optionRules.timerMs(1),
  onstderr: optionRules.callback,
  onerror: optionRules.callback,
}

/**
 * Reads the options of a pool.
 *
 * @param caller - The function that takes the options.
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a number out of its range.
 */
export function readOptions(caller: string, options: StdioServerOptions): StdioSettings {
  validateOptions(caller, options, RULES)
  if (options.command === undefined) {
    throw new TypeError(`${caller}: command must be a string that is not empty (got undefined)`)
  }
  const { share = 'caller', maxProcesses = 32 } = options
  return {
    command: options.command,
    args: options.args ?? [],
    env: options.env ?? {},
    inheritEnv: options.inheritEnv ?? [],
    cwd: options.cwd,
    share,
    caller: options.caller,
    maxProcesses,
    maxProcessesPerCaller: options.maxProcessesPerCaller ?? Math.max(1, Math.floor(maxProcesses / 4)),
    spareProcesses: options.spareProcesses ?? (share === 'none' ? 1 : 0),
    idleTimeoutMs: options.idleTimeoutMs ?? 300_000,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 2000,
    maxQueue: options.maxQueue ?? 64,
    queueTimeoutMs: options.queueTimeoutMs ?? 10_000,
    maxMessageBytes: options.maxMessageBytes ?? 16 * 1024 * 1024,
    maxMemoryBytes: options.maxMemoryBytes ?? Number.POSITIVE_INFINITY,
    pingIntervalMs: options.pingIntervalMs ?? 30_000,
    pingTimeoutMs: options.pingTimeoutMs ?? 30_000,
    onstderr: options.onstderr ?? printLine,
    onerror: options.onerror ?? ((error) => console.error(error)),
  }
}

function printLine({ text, command, pid }: StdioLogLine): void {
  process.stderr.write(`[${command} ${pid}] ${text}\n`)
}
