import type { Client } from './client.ts'
import type { Stream } from './events.ts'
import { needTool } from './offers.ts'
import { LEGACY_VERSION } from './protocol.ts'
import type { Json, Reply } from './reply.ts'
import type { LegacyVariation, Variation } from './requests.ts'

/** Calls a tool of the fixture as a 2026-07-28 client. */
export async function callTool(
  client: Client,
  name: string,
  args: Json = {},
  variation: Variation = {},
): Promise<Reply> {
  await needTool(client, 'modern', name)
  return client.modern('tools/call', { name, arguments: args }, variation)
}

/** Calls a tool of the fixture whose answer is read as it comes. */
export async function openTool(
  client: Client,
  name: string,
  args: Json = {},
  variation: Variation = {},
): Promise<Stream> {
  await needTool(client, 'modern', name)
  return client.openModern('tools/call', { name, arguments: args }, variation)
}

/** Calls a tool of the fixture as a 2025-era client. */
export async function callLegacyTool(
  client: Client,
  name: string,
  args: Json = {},
  variation: LegacyVariation = {},
): Promise<Reply> {
  await needTool(client, 'legacy', name)
  // the session is opened first: the call is what is audited
  await client.legacyHeaders(variation.version ?? LEGACY_VERSION)
  return client.legacy('tools/call', { name, arguments: args }, variation)
}
