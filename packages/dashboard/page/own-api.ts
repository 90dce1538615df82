import { place } from './place.ts'

/** Asks the dashboard itself, as its own page. */
export function askDashboard(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${place.prefix}/api${path}`, {
    ...init,
    headers: { ...init.headers, 'x-portico-dashboard': '1' },
  })
}

/** Why the dashboard did not do what it was asked for. */
export async function explain(response: Response): Promise<string> {
  if (response.status === 404) return 'The server has been restarted: open the address that it printed'
  const { error } = await response.json().catch(() => ({}))
  return error?.message ?? `HTTP ${response.status}`
}
