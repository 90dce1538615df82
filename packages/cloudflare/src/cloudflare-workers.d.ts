/** The part of the platform's module that this package uses. */
declare module 'cloudflare:workers' {
  export function waitUntil(promise: Promise<unknown>): void
}
