import type { ObjectStorage } from '../platform.ts'

/** Milliseconds between two alarms at least. Rows are ignored as soon as they expire, so they need not be removed at once. */
const MIN_DELAY_MS = 10_000
/** Milliseconds that expired rows may stay, so that each write need not set the alarm. */
const SLACK_MS = 3_600_000

/** The alarm of an object, which removes what has expired. */
export class Lifetime {
  readonly #storage: ObjectStorage
  #alarmAt: number | undefined

  constructor(storage: ObjectStorage) {
    this.#storage = storage
  }

  async load(): Promise<void> {
    this.#alarmAt = (await this.#storage.getAlarm()) ?? undefined
  }

  /** Sets the alarm if none would remove within an hour what expires at `at`. */
  expectExpiry(at: number): void {
    if (this.#alarmAt === undefined || this.#alarmAt > at + SLACK_MS) void this.#setAlarm(at)
  }

  /**
   * Sets the alarm for the first of some expiries, or empties the storage if there is none.
   *
   * @returns False if the storage was emptied.
   */
  async renew(expiries: readonly number[]): Promise<boolean> {
    this.#alarmAt = undefined
    if (expiries.length > 0) {
      await this.#setAlarm(Math.min(...expiries))
      return true
    }
    // Without rows and an alarm, the object needs no storage.
    await this.#storage.deleteAll()
    return false
  }

  #setAlarm(at: number): Promise<void> {
    this.#alarmAt = Math.max(at, Date.now() + MIN_DELAY_MS)
    return this.#storage.setAlarm(this.#alarmAt)
  }
}
