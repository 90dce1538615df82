import type { JSONRPCRequest, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import type { Exchange } from './exchange.ts'
import type { Introduction } from './introduce.ts'
import { MODERN_VERSIONS } from './versions.ts'

/** Answers `server/discover` with what the server said of itself (2026-07-28 discover). */
export function discover(
  exchange: Exchange,
  request: JSONRPCRequest,
  introduction: Introduction,
  streaming?: boolean,
): void {
  // tasks are an extension since 2026-07-28, with another wire form
  const { tasks: _, ...declared } = introduction.capabilities
  const capabilities = streaming === false ? withoutChanges(declared) : declared
  const { instructions } = introduction
  exchange.expect(request)
  exchange.answer({
    jsonrpc: '2.0',
    id: request.id,
    result: { supportedVersions: MODERN_VERSIONS, capabilities, instructions },
  })
}

// nobody can listen for them
const withoutChanges = (capabilities: ServerCapabilities): ServerCapabilities =>
  Object.fromEntries(
    Object.entries(capabilities).map(([name, value]) => [
      name,
      /^(tools|prompts|resources)$/.test(name) ? {} : value,
    ]),
  )
