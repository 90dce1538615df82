/** Runs tasks one after the other. A task that fails does not stop the next. */
export class TaskQueue {
  #previous: Promise<void> = Promise.resolve()

  /** Runs a task after all that were given before. Settles as the task does. */
  run(task: () => Promise<void>): Promise<void> {
    const done = this.#previous.then(task)
    this.#previous = done.catch(() => {})
    return done
  }
}
