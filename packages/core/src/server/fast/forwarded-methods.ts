import type { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { SdkMcpServer } from '../../protocol/sdk.ts'
import { findFastServer } from './fast-server.ts'

const sdk = SdkMcpServer.prototype

/** A method of Portico's class. */
export type Method = (this: SdkMcpServer, ...args: never[]) => unknown

/** The methods of the SDK's class that register something. */
interface Recorded {
  tool: unknown
  resource: unknown
  registerResource: unknown
  prompt: unknown
  registerPrompt: unknown
}

/** Calls a method of the SDK's class after the SDK has taken over. It is looked up for each call: it may be replaced. */
export function awake(server: SdkMcpServer, name: 'registerTool' | keyof Recorded, args: unknown[]): unknown {
  findFastServer(server)?.wake()
  return (sdk[name] as (...args: unknown[]) => unknown).apply(server, args)
}

/** A method that registers a prompt or a resource with the SDK, without making the SDK take over. */
export function within(method: keyof Recorded, kind: 'prompts' | 'resources'): Method {
  return function (this: SdkMcpServer, ...args: unknown[]) {
    const fast = findFastServer(this)
    if (!fast?.canAnswerFor(this) || fast.answerer) return awake(this, method, args)
    fast.isCallingSdk = true
    try {
      const registered = (sdk[method] as (...args: unknown[]) => unknown).apply(this, args)
      fast.declared[kind] = { listChanged: true }
      if (completes(this.server)) fast.declared.completions = {}
      return registered
    } finally {
      fast.isCallingSdk = false
    }
  }
}

function completes(server: Server): boolean {
  try {
    server.assertCanSetRequestHandler('completion/complete')
    return false
  } catch {
    return true
  }
}

/**
 * Announces a change with the SDK's server, which is guarded once it is built: a change that is announced after the
 * answer still reaches the bus.
 */
export function announcing(
  name: 'sendToolListChanged' | 'sendPromptListChanged' | 'sendResourceListChanged',
) {
  return function (this: SdkMcpServer): void {
    const fast = findFastServer(this)
    if (fast?.isActive && !fast.isCallingSdk) {
      fast.wake()
      this[name]()
    } else sdk[name].call(this)
  }
}
