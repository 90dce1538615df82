import { place } from './place.ts'

/** Asks the dashboard itself, as its own page. */
export function askDashboard(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${place.prefix}/api${path}`, { ...init, headers: { 'x-portico-dashboard': '1' } })
}
