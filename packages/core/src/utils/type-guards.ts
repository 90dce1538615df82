/** Whether a value is an object or an array. */
export const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether a value is an object, and not an array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value, or a promise of it. */
export type MaybePromise<T> = T | Promise<T>

/** Whether a value is a promise, or anything else with a `then()`. */
export const isPromise = <T>(value: MaybePromise<T>): value is Promise<T> =>
  typeof (value as Promise<T> | undefined)?.then === 'function'

/** A promise that is resolved already: code that compares with it need not wait. */
export const DONE: Promise<void> = Promise.resolve()
