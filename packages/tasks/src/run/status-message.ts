import type { JSONRPCNotification } from '@modelcontextprotocol/sdk/types.js'

/** Reads what a notification of a handler says of its progress; undefined for any other notification. */
export function readStatusMessage({ method, params = {} }: JSONRPCNotification): string | undefined {
  // Servers with tasks of their own send these.
  if (method === 'notifications/tasks/status') {
    return typeof params.statusMessage === 'string' ? params.statusMessage : undefined
  }
  if (method !== 'notifications/progress') return undefined
  const { message, progress, total } = params
  if (typeof message === 'string') return message
  return total === undefined ? `${progress}` : `${progress} of ${total}`
}
