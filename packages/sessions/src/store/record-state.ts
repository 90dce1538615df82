import { changed } from './changed.ts'
import type { Found } from './records.ts'
import { type SessionState, toData } from './session-state.ts'
import type { SessionChanges } from './session-store.ts'

/** What this node knows of the record of a session. */
export class RecordState {
  readonly #found: Found
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(found: Found) {
    this.#found = found
  }

  /**
   * Takes over the state that was read from the record, unless a change came after the reading began.
   *
   * @param askedAt - When the reading began, by `performance.now()`.
   */
  refresh(state: SessionState, askedAt: number): void {
    if (this.#changedAt < askedAt) this.#found.state = state
  }

  /** Applies a change that the record has got. */
  apply(changes: SessionChanges): void {
    this.#changedAt = performance.now()
    this.#found.state = changed(toData(this.#found.state), changes) as unknown as SessionState
  }
}
