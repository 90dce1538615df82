import type { Era } from './audit.ts'
import type { Client } from './client.ts'
import { getText, getToolResult } from './expect.ts'
import { ask, needTool } from './offers.ts'

const PAUSE_MS = 20

/** A key that no other wait uses. */
export function newKey(): string {
  return crypto.randomUUID()
}

/** Waits until the state of a call of `audit_wait` differs from `unlike`, and returns it. */
export async function awaitState(client: Client, era: Era, key: string, unlike: string): Promise<string> {
  await needTool(client, era, 'audit_waited')
  for (;;) {
    const params = { name: 'audit_waited', arguments: { key } }
    const state = getText(getToolResult(await ask(client, era, 'tools/call', params)))
    if (state !== unlike) return state
    await pause(PAUSE_MS)
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
