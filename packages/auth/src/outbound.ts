import { readBytes } from '@portico-mcp/core/internal'

type Fetch = typeof globalThis.fetch

/**
 * Creates a `fetch` for JSON objects that repeats a failure until the cooldown is over, instead of requesting again.
 *
 * @param cooldown - Milliseconds.
 */
export function withFailureCooldown(
  fetch: Fetch | undefined,
  cooldown: number,
): (url: string, init?: RequestInit) => Promise<Response> {
  let failed: unknown
  let until = 0
  return async (url, init) => {
    if (Date.now() < until) throw failed
    try {
      return Response.json(await fetchJson(url, { fetch, ...init }))
    } catch (error) {
      failed = error
      until = Date.now() + cooldown
      throw error
    }
  }
}

/** Options of {@link fetchJson}. */
export interface JsonFetching extends RequestInit {
  fetch?: Fetch | undefined
  /** Milliseconds that the request may take. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** The status codes of responses whose body is read. @defaultValue 200 */
  statuses?: readonly number[]
}

const MAX_BYTES = 1024 * 1024

/**
 * Fetches a JSON object of at most 1 MiB. Redirects are not followed.
 *
 * @throws Error if the response has another status, is too large, or is not a JSON object.
 */
export async function fetchJson(
  url: string | URL,
  { fetch = globalThis.fetch, timeoutMs = 5000, statuses = [200], ...init }: JsonFetching = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
    ...init,
    headers: { accept: 'application/json', ...(init.headers as Record<string, string>) },
  })
  if (!statuses.includes(response.status))
    throw new Error(`${new URL(url).host} answered with status ${response.status}`)
  const bytes = await readBytes(response, MAX_BYTES)
  if (!bytes) throw new Error(`${new URL(url).host} answered with more than ${MAX_BYTES} bytes`)
  const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Error(`${new URL(url).host} did not answer with a JSON object`)
  }
  return body as Record<string, unknown>
}
