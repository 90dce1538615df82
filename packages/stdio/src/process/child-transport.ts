import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import { parseMessage } from './parse-message.ts'
import { HAS_GROUPS, signalGroup } from './process-group.ts'
import { ProcessLog } from './process-log.ts'
import { LineReader } from './read-lines.ts'
import { forgetGroup, watchGroup } from './watchdog.ts'

/** How a process is started. */
export interface ChildCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string | undefined
}

/** Limits of a process, and what takes its log. */
export interface ChildSettings {
  readonly maxMessageBytes: number
  readonly closeTimeoutMs: number
  onstderr(text: string, pid: number): void
  /** Replaces secrets in a line of its log. */
  redact(line: string): string
}

/** Milliseconds for which the last messages of a process that has ended are read. */
const LAST_WORDS_MS = 500

/** How many messages of the largest size may wait for a process that does not read. */
const MAX_UNREAD_MESSAGES = 4

type Referenced = { ref?(): void; unref?(): void }

/** A child process as the transport of an MCP client: a message a line over its standard input and output. */
export class ChildTransport implements Transport {
  onmessage?: Transport['onmessage']
  onclose?: Transport['onclose']
  onerror?: Transport['onerror']

  readonly #command: ChildCommand
  readonly #settings: ChildSettings
  #child: ChildProcessWithoutNullStreams | undefined
  #failure: string | undefined
  #isOver = false
  #onover: () => void = () => {}
  readonly #over: Promise<void> = new Promise((resolve) => {
    this.#onover = resolve
  })
  readonly #log: ProcessLog

  constructor(command: ChildCommand, settings: ChildSettings) {
    this.#command = command
    this.#settings = settings
    this.#log = new ProcessLog(settings.redact, (text) => settings.onstderr(text, this.pid ?? 0))
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Why the process has ended, in words that follow "the process". */
  get failure(): string {
    return this.#failure ?? 'was stopped'
  }

  /** The last lines of its log. */
  get lastLog(): string {
    return this.#log.last
  }

  /** Resolves once the process has ended. */
  get over(): Promise<void> {
    return this.#over
  }

  /** @throws Error if the process cannot be started, such as ENOENT for a command that does not exist. */
  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#command
    const child = spawn(command, [...args], {
      env: { ...env },
      cwd,
      stdio: 'pipe',
      detached: HAS_GROUPS,
      windowsHide: true,
    })
    this.#child = child
    // Writing to a process that has ended fails; its `exit` explains more.
    child.stdin.on('error', () => {})
    this.#read(child)
    if (child.pid !== undefined) watchGroup(child.pid)
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => {
        this.#end(`could not be started: ${error.message}`)
        reject(error)
      })
    })
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#isOver || !this.#child) throw new Error(`The process ${this.failure}`)
    const { stdin } = this.#child
    stdin.write(`${JSON.stringify(message)}\n`)
    const limit = MAX_UNREAD_MESSAGES * this.#settings.maxMessageBytes
    if (stdin.writableLength > limit) this.kill('did not read its input')
  }

  /** Whether it keeps this process alive. */
  set isActive(isActive: boolean) {
    const child = this.#child
    if (!child || this.#isOver) return
    for (const handle of [child, child.stdin, child.stdout, child.stderr] as Referenced[]) {
      if (isActive) handle.ref?.()
      else handle.unref?.()
    }
  }

  /** Ends the process: closes its input, then sends SIGTERM to its group, then SIGKILL. */
  async close(): Promise<void> {
    const child = this.#child
    if (!child?.pid || this.#isOver) return
    this.isActive = true
    this.#failure ??= 'was stopped'
    child.stdin.end()
    if (await this.#endsInTime()) return
    signalGroup(child.pid, 'SIGTERM')
    if (await this.#endsInTime()) return
    this.kill(this.#failure)
    await this.#over
  }

  /** Ends the process at once. */
  kill(reason: string): void {
    if (this.#isOver || !this.pid) return
    this.#failure ??= reason
    signalGroup(this.pid, 'SIGKILL')
  }

  #read(child: ChildProcessWithoutNullStreams): void {
    const log = this.#log
    const messages = new LineReader(this.#settings.maxMessageBytes, (line, isCut) =>
      this.#receive(line, isCut),
    )
    child.stdout.on('data', (chunk: Buffer) => messages.push(chunk))
    child.stdout.on('error', (error) => this.onerror?.(error))
    child.stderr.on('data', (chunk: Buffer) => log.push(chunk))
    child.stderr.on('error', (error) => this.onerror?.(error))
    const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
      log.end()
      this.#end(signal ? `was ended by ${signal}` : `ended with exit code ${code}`)
    }
    child.once('exit', (code, signal) => {
      // A process that it has started may hold its output open.
      const timer = setTimeout(() => finish(code, signal), LAST_WORDS_MS)
      child.once('close', () => {
        clearTimeout(timer)
        finish(code, signal)
      })
    })
  }

  #receive(line: string, isCut: boolean): void {
    if (isCut) this.kill(`sent a message of more than ${this.#settings.maxMessageBytes} bytes`)
    else if (line.trim() !== '') this.#pass(line)
  }

  #pass(line: string): void {
    const message = parseMessage(line)
    if (message) this.onmessage?.(message)
    else this.onerror?.(new Error(`The process wrote what is no message: ${line.slice(0, 100)}`))
  }

  #end(failure: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#failure ??= failure
    const pid = this.#child?.pid
    if (pid !== undefined) {
      // Processes that it has started, and that are left.
      signalGroup(pid, 'SIGKILL')
      forgetGroup(pid)
    }
    for (const stream of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) stream?.destroy()
    this.#onover()
    this.onclose?.()
  }

  #endsInTime(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#settings.closeTimeoutMs)
      void this.#over.then(() => {
        clearTimeout(timer)
        resolve(true)
      })
    })
  }
}
