import type { JSONRPCRequest, Result, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { MODERN_VERSIONS } from '../protocol/versions.ts'
import type { Connection } from '../server/connection.ts'
import { shortcutOf } from '../server/fast/fast-answerer.ts'
import type { Introduction } from '../server/introduce.ts'
import { discoverFrom, speakModern } from '../server/sdk-v2.ts'
import type { MaybePromise } from '../utils/maybe-promise.ts'

/** The result of `server/discover`: what the server said of itself (2026-07-28 discover). */
export function discover(
  connection: Connection,
  { params }: JSONRPCRequest,
  introduction: Introduction,
  streaming?: boolean,
): MaybePromise<Result> {
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
