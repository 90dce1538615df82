/** Elsewhere than on Workers, as where a build tool loads this package, nothing ends with a request. */
export function waitUntil(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
