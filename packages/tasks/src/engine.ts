import { type ExtensionContext, Refusal } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import { Changes } from './changes.ts'
import { createCallParams } from './internal-call.ts'
import type { TasksSettings } from './options.ts'
import { toDetailed } from './record/task-forms.ts'
import { type Ending, end, isFinal, type TaskRecord } from './record/task-record.ts'
import { createSealer, type Sealer, TaskRepository } from './record/task-repository.ts'
import { extendLease } from './run/extend-lease.ts'
import { Heartbeat } from './run/heartbeat.ts'
import type { LiveRun, RunHost } from './run/run-host.ts'
import { createRules, type FindRule } from './tool-rules.ts'

/** What one `tasks()` value has: its store, and the tasks that run in this process. */
export class Engine implements RunHost {
  readonly settings: TasksSettings
  readonly repository: TaskRepository
  readonly findRule: FindRule
  readonly changes: Changes = new Changes((taskId) => this.#wake(taskId))
  readonly report: (error: unknown) => void = (error) => this.#report(error)
  readonly #runs = new Map<string, LiveRun>()
  /** The runs by the requests that their handlers see. */
  readonly #executing = new WeakMap<Request, LiveRun>()
  #report: (error: unknown) => void = reporter(console.error)
  #host: ExtensionContext | undefined
  #sealer: Sealer | undefined
  readonly #heartbeat: Heartbeat

  constructor(settings: TasksSettings) {
    this.settings = settings
    this.#sealer = settings.keys && createSealer(settings.keys)
    const limits = { perOwner: settings.maxTasksPerOwner, total: settings.maxTasks }
    this.repository = new TaskRepository(
      settings.store,
      limits,
      () => this.#getSealer(),
      this.report,
      settings.onstatus,
    )
    this.findRule = createRules(settings)
    this.#heartbeat = new Heartbeat(settings.leaseMs / 3, () =>
      Promise.all([...this.#runs.values()].map((run) => extendLease(this, run))),
    )
  }

  /** Whether a handler uses the tasks. */
  get isOpen(): boolean {
    return this.#host !== undefined
  }

  /** The number of tasks that this process runs. */
  get running(): number {
    return this.#runs.size
  }

  /** Whether this process runs a task by a lease. Then it is alive, even where a busy process is late with its heartbeat. */
  runs(taskId: string, run: string): boolean {
    return this.#runs.get(taskId)?.id === run
  }

  /** Serves with a handler: its server runs the tasks, and its bus carries their changes. */
  open(host: ExtensionContext): void {
    if (this.#host)
      throw new TypeError('tasks: a value of tasks() belongs to one handler: call tasks() again')
    this.#host = host
    this.#report = host.report
    this.changes.open(host)
  }

  /** Runs tasks with a handler that serves no HTTP. */
  openWorker(host: ExtensionContext): void {
    if (!this.#host) this.open(host)
  }

  async close(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const run of runs) void run.lose(new Refusal('closed', 'The handler is closed'))
    await Promise.allSettled(runs.map(({ outcome }) => outcome))
    this.#heartbeat.stop()
    this.changes.close()
  }

  /** Changes a task, and tells those who listen to it. */
  async change(
    taskId: string,
    change: (record: TaskRecord) => TaskRecord | undefined,
  ): ReturnType<TaskRepository['change']> {
    const changed = await this.repository.change(taskId, change)
    if (changed?.isChanged) this.changes.announce(taskId, toDetailed(taskId, changed.record))
    return changed
  }

  /** Changes a task from outside of its run, and has its run go on with the change. */
  async changeFromOutside(
    taskId: string,
    change: (record: TaskRecord) => TaskRecord | undefined,
  ): ReturnType<TaskRepository['change']> {
    const changed = await this.change(taskId, change)
    if (changed?.isChanged) {
      this.#runs.get(taskId)?.apply(changed.record)
      this.changes.wake(taskId)
    }
    return changed
  }

  /** Ends a task from outside of its run. */
  async end(taskId: string, ending: Ending): Promise<boolean> {
    const ended = await this.changeFromOutside(taskId, (record) =>
      isFinal(record) ? undefined : end(record, ending),
    )
    if (ended?.isChanged) await this.settings.queue?.remove(taskId).catch(this.report)
    return ended?.isChanged === true
  }

  /** Reads a task; one whose process has died is failed, or given to the queue. */
  async read(taskId: string): Promise<TaskRecord | undefined> {
    const record = await this.repository.get(taskId)
    if (!record || isFinal(record) || record.isExternal || !this.#isLeft(taskId, record)) return record
    if (this.settings.queue) {
      await this.settings.queue.add({ taskId })
      return record
    }
    const message = 'The process that ran the task has died'
    const failed = await this.changeFromOutside(taskId, (stored) =>
      !isFinal(stored) && this.#isLeft(taskId, stored)
        ? end(stored, { status: 'failed', error: { code: -32603, message } })
        : undefined,
    )
    return failed?.record
  }

  add(run: LiveRun): void {
    this.#runs.set(run.taskId, run)
    this.changes.listen()
    this.#heartbeat.start()
  }

  remove(run: LiveRun): void {
    if (this.#runs.get(run.taskId) === run) this.#runs.delete(run.taskId)
    if (this.#runs.size === 0) this.#heartbeat.stop()
  }

  /** Runs the handler of a task that no client waits for. */
  execute(run: LiveRun, host: ExtensionContext | undefined = this.#host): void {
    const { call } = run.record
    if (!call || !host) {
      void run.lose(new Error('tasks: the task has no call that could run here'))
      return
    }
    const http = new Request(call.url, { method: 'POST' })
    this.#executing.set(http, run)
    run.hasBegun = false
    host
      .call(createCallParams(run.taskId, call), http, call.authInfo)
      .then((response) => response.text())
      .then(
        (text) => {
          if (!run.hasBegun) void run.lose(new Error(`The call of a task was not run: ${text}`))
        },
        (error) => run.lose(error),
      )
  }

  /** Finds the run that a request belongs to; undefined for the request of a client. */
  findRun(http: Request): LiveRun | undefined {
    return this.#executing.get(http)
  }

  #isLeft(taskId: string, { lease, lastUpdatedAt, status, hasNews }: TaskRecord): boolean {
    const now = Date.now()
    if (lease) return lease.until < now && !this.runs(taskId, lease.run)
    // Without a lease, a task waits in the queue or for its client.
    if (!this.settings.queue || (status === 'input_required' && !hasNews)) return false
    return lastUpdatedAt + this.settings.leaseMs < now
  }

  #getSealer(): Sealer {
    const sealer = this.#sealer ?? this.#host
    if (sealer) return sealer
    throw new TypeError(
      'tasks: keys must be a list of secrets of at least 32 bytes each where no handler uses the tasks',
    )
  }

  #wake(taskId: string): void {
    const run = this.#runs.get(taskId)
    if (!run) return
    this.repository.get(taskId).then((record) => run.apply(record), this.report)
  }
}
