import { readBytes } from '@portico-mcp/core/internal'

type Fetch = typeof globalThis.fetch

/** Fetches JSON, and after a failure not again until the cooldown is over. @param cooldown - Milliseconds. */
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

/** How a JSON object is fetched. */
export interface JsonFetching extends RequestInit {
  fetch?: Fetch | undefined
  /** Milliseconds. @defaultValue 5000 */
  timeoutMs?: number | undefined
  /** Which answers hold one. @defaultValue 200 */
  statuses?: readonly number[]
}

const MAX_BYTES = 1024 * 1024

/** Fetches a JSON object of at most 1 MiB; redirects are not followed. */
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
  if (!statuses.includes(response.status)) throw new Error(`${new URL(url).host} answered ${response.status}`)
  const bytes = await readBytes(response, MAX_BYTES)
  if (!bytes) throw new Error(`${new URL(url).host} answered more than ${MAX_BYTES} bytes`)
  const body: unknown = JSON.parse(new TextDecoder().decode(bytes))
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Error(`${new URL(url).host} answered no JSON object`)
  }
  return body as Record<string, unknown>
}
