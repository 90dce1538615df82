/** Something, or the promise of it. */
export type MaybePromise<T> = T | Promise<T>

export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> =>
  typeof (value as Promise<T> | undefined)?.then === 'function'

/** A promise that is resolved already: code that compares with it need not wait. */
export const DONE: Promise<void> = Promise.resolve()
