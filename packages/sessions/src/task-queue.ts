/** Runs tasks one after the other. A task that fails does not stop the next one. */
export class TaskQueue {
  #previous: Promise<void> = Promise.resolve()

  /** Runs a task after all earlier ones. Settles as the task does. */
  run(task: () => Promise<void>): Promise<void> {
    const done = this.#previous.then(task)
    this.#previous = done.catch(() => {})
    return done
  }
}
