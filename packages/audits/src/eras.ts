import type { Era } from './audit.ts'
import type { Client } from './client.ts'
import { LEGACY_VERSION } from './protocol.ts'
import type { Reply } from './reply.ts'

const MODERN_CODES: readonly unknown[] = [-32020, -32021, -32022]

/** Whether a server serves an era, correctly or not. */
export async function isServed(client: Client, era: Era): Promise<boolean> {
  if (era === 'legacy') return !isRefusal(await client.initialize(LEGACY_VERSION))
  const discovered = await client.modern('server/discover')
  if (!isRefusal(discovered) || MODERN_CODES.includes(discovered.messages[0]?.error?.code)) return true
  const listed = await client.modern('tools/list')
  return listed.messages.at(-1)?.result?.resultType !== undefined
}

function isRefusal({ status, messages }: Reply): boolean {
  return status >= 400 || messages.some(({ error }) => error !== undefined)
}
