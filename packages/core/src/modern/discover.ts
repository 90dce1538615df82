import type { JSONRPCResponse, Result, ServerCapabilities } from '@modelcontextprotocol/sdk/types.js'
import { MODERN_VERSIONS } from '../protocol/versions.ts'
import type { Answerer, Introduction } from '../server/answerer.ts'
import type { HandlerContext } from '../server/handler-context.ts'
import type { Incoming } from './incoming.ts'

/** Answers `server/discover` with the server's result of `initialize` (2026-07-28 discover). */
export async function discover(
  handler: HandlerContext,
  answerer: Answerer,
  { capabilities, instructions }: Introduction,
  { message, options }: Pick<Incoming, 'message' | 'options'>,
): Promise<JSONRPCResponse> {
  // Since 2026-07-28 tasks are an extension, with another wire form.
  const { tasks: _, ...declared } = capabilities
  const streamed = options.streaming === false ? withoutChanges(declared) : declared
  const said: Result = {
    supportedVersions: MODERN_VERSIONS,
    capabilities: handler.extensions.discover(streamed),
    instructions,
  }
  return { jsonrpc: '2.0', id: message.id, result: await answerer.discover(said, message) }
}

// Without streaming, no client can listen to changes.
const withoutChanges = (capabilities: ServerCapabilities): ServerCapabilities =>
  Object.fromEntries(
    Object.entries(capabilities).map(([name, value]) => [
      name,
      /^(tools|prompts|resources)$/.test(name) ? {} : value,
    ]),
  )
