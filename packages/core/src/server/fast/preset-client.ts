import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { InitializeRequest } from '@modelcontextprotocol/sdk/types.js'

/** The methods by which the SDK's server asks its client. */
const REQUESTS = ['request', 'elicitInput', 'createMessage', 'listRoots'] as const

/**
 * Makes the client known to the SDK's server immediately, since its own handshake takes a few microtasks.
 *
 * @param handshake - The `initialize` that the SDK's server answers; what it asks its client waits for it.
 */
export function presetClient(
  server: Server,
  { capabilities, clientInfo }: InitializeRequest['params'],
  handshake: Promise<unknown>,
): void {
  const introduced = handshake.catch(() => {})
  server.getClientCapabilities = () => capabilities
  server.getClientVersion = () => clientInfo
  for (const name of REQUESTS) {
    const ask = server[name] as (...args: unknown[]) => Promise<unknown>
    server[name] = (async (...args: unknown[]) => {
      await introduced
      return ask.apply(server, args)
    }) as never
  }
  const { createElicitationCompletionNotifier: notifier } = server
  server.createElicitationCompletionNotifier = (...args) => {
    if (!capabilities.elicitation?.url) return notifier.apply(server, args)
    return async () => {
      await introduced
      return notifier.apply(server, args)()
    }
  }
}
