interface WorkersModule {
  waitUntil(promise: Promise<unknown>): void
}

/** Keeps the request going until a promise has settled, up to 30 seconds after its response. */
export function waitUntil(promise: Promise<unknown>): void {
  promise.catch(() => {})
  // A static import would keep Node from loading this package, as tests and build tools do.
  const loading: Promise<WorkersModule> = import('cloudflare:workers')
  loading.then((workers) => workers.waitUntil(promise)).catch(() => {})
}
