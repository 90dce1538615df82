/** What every answer of the dashboard itself says to browsers and caches. */
export const HEADERS: Record<string, string> = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** An answer of the API. */
export const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, 'content-type': 'application/json' },
  })

/** Why something is not served; `reason` is stable. */
export const refusal = (status: number, reason: string, message: string): Response =>
  json({ error: { reason, message } }, status)

/** Nothing to say. */
export const done = (): Response => new Response(null, { status: 204, headers: HEADERS })

/** No such thing. */
export const notFound = (): Response => refusal(404, 'not-found', 'There is no such thing in the dashboard')
