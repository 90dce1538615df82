import { signal } from '@preact/signals'
import { token } from './access.ts'
import { place } from './place.ts'

/** How 2025-era clients are served; undefined until it is known. */
export const legacy = signal<'stateless' | 'sessions' | 'none' | undefined>(undefined)

/** Finds out with a ping of that era, which opens nothing. */
export async function readLegacy(): Promise<void> {
  if (place.hasSessions) {
    legacy.value = 'sessions'
    return
  }
  const response = await fetch(place.endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-11-25',
      'x-portico-dashboard': '1',
      ...(token.value && { authorization: `Bearer ${token.value}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 'dashboard-era', method: 'ping' }),
  })
  const { error } = await response.json().catch(() => ({}))
  if (response.ok) legacy.value = 'stateless'
  else if (response.status === 401 || response.status === 403) legacy.value = undefined
  else legacy.value = /Mcp-Session-Id/i.test(error?.message ?? '') ? 'sessions' : 'none'
}
