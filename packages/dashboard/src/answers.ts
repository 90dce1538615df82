/** Headers of every response of the dashboard itself. */
export const HEADERS: Record<string, string> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Creates a JSON response of the API. */
export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, 'content-type': 'application/json' },
  })

/** Creates an error response. `reason` is stable. */
export const refusal = (status: number, reason: string, message: string): Response =>
  json({ error: { reason, message } }, status)

/** Creates an empty response. */
export const done = (): Response => new Response(null, { status: 204, headers: HEADERS })

/** Creates a 404 response. */
export const notFound = (): Response => refusal(404, 'not-found', 'There is no such thing in the dashboard')
