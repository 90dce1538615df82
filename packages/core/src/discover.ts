import type { JSONRPCRequest, Result, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import type { Connection } from './connection.ts'
import type { Eventual } from './eventual.ts'
import type { Introduction } from './introduce.ts'
import { discoverFrom, speakModern } from './modern-server.ts'
import { shortcutOf } from './shortcut.ts'
import { MODERN_VERSIONS } from './versions.ts'

/** The result of `server/discover`: what the server said of itself (2026-07-28 discover). */
export function discover(
  connection: Connection,
  { params }: JSONRPCRequest,
  introduction: Introduction,
  streaming?: boolean,
): Eventual<Result> {
  const said = discovered(introduction, streaming)
  if (shortcutOf(connection.server)?.isOpen || !speakModern(connection.server)) return said
  connection.isModern = true
  return discoverFrom(connection, said, params?._meta)
}

function discovered(introduction: Introduction, streaming: boolean | undefined): Result {
  // tasks are an extension since 2026-07-28, with another wire form
  const { tasks: _, ...declared } = introduction.capabilities
  const capabilities = streaming === false ? withoutChanges(declared) : declared
  const { instructions } = introduction
  return { supportedVersions: MODERN_VERSIONS, capabilities, instructions }
}

// nobody can listen for them
const withoutChanges = (capabilities: ServerCapabilities): ServerCapabilities =>
  Object.fromEntries(
    Object.entries(capabilities).map(([name, value]) => [
      name,
      /^(tools|prompts|resources)$/.test(name) ? {} : value,
    ]),
  )
