import { waitUntil as keepGoing } from 'cloudflare:workers'

/**
 * Keeps the request going until a promise has settled, up to 30 seconds after its response. The import is static, since
 * an `import()` in the course of a request may continue in the course of another one, and is lost with that.
 */
export function waitUntil(promise: Promise<unknown>): void {
  promise.catch(() => {})
  try {
    keepGoing(promise)
  } catch {
    // Outside of a request, as at module scope, nothing can be kept going.
  }
}
