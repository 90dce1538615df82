import { applyChanges } from './apply-changes.ts'
import type { LoadedSession } from './session-repository.ts'
import { type SessionState, toData } from './session-state.ts'
import type { SessionChanges } from './session-store.ts'

/** Keeps the state of a session up to date on this node. */
export class RecordState {
  readonly #session: LoadedSession
  #changedAt = Number.NEGATIVE_INFINITY

  constructor(session: LoadedSession) {
    this.#session = session
  }

  /**
   * Takes over a state that was read from the store, unless a change arrived after the read was started.
   *
   * @param askedAt - When the read was started, by `performance.now()`.
   */
  refresh(state: SessionState, askedAt: number): void {
    if (this.#changedAt < askedAt) this.#session.state = state
  }

  /** Applies a change that was made to the record. */
  apply(changes: SessionChanges): void {
    this.#changedAt = performance.now()
    this.#session.state = applyChanges(toData(this.#session.state), changes) as unknown as SessionState
  }
}
