import { applyChanges } from './apply-changes.ts'
import type { LoadedSession } from './session-repository.ts'
import { type SessionState, toData } from './session-state.ts'
import type { SessionChanges } from './session-store.ts'

/** What this node knows of the record of a session. */
export class RecordState {
  readonly #session: LoadedSession
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(session: LoadedSession) {
    this.#session = session
  }

  /**
   * Takes over the state that was read from the record, unless a change came after the reading began.
   *
   * @param askedAt - When the reading began, by `performance.now()`.
   */
  refresh(state: SessionState, askedAt: number): void {
    if (this.#changedAt < askedAt) this.#session.state = state
  }

  /** Applies a change that the record has got. */
  apply(changes: SessionChanges): void {
    this.#changedAt = performance.now()
    this.#session.state = applyChanges(toData(this.#session.state), changes) as unknown as SessionState
  }
}
