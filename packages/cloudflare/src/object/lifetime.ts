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

  /** Sets the alarm for a time, unless it is set for an earlier one. */
  wakeAt(at: number): void {
    if (this.#alarmAt !== undefined && this.#alarmAt <= at) return
    this.#alarmAt = at
    void this.#storage.setAlarm(at)
  }

  /** Records that the alarm has run, so that none is set. */
  begin(): void {
    this.#alarmAt = undefined
  }

  /** Sets the alarm for the first of some expiries, unless it is set already. */
  async renew(expiries: readonly number[]): Promise<void> {
    if (this.#alarmAt === undefined) await this.#setAlarm(Math.min(...expiries))
  }

  /** Empties the storage: without rows and an alarm, the object needs none. */
  async empty(): Promise<void> {
    this.#alarmAt = undefined
    await this.#storage.deleteAlarm()
    await this.#storage.deleteAll()
  }

  #setAlarm(at: number): Promise<void> {
    this.#alarmAt = Math.max(at, Date.now() + MIN_DELAY_MS)
    return this.#storage.setAlarm(this.#alarmAt)
  }
}
