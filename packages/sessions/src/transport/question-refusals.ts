import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import type { Refusal } from '@portico-mcp/core'
import { findRequestRefusal, noBackChannel } from '@portico-mcp/core/internal'
import type { Session } from '../session.ts'

/** Returns a refusal if the client did not declare the capability that a request of the server needs. */
export function checkCapability({ state }: Session, request: JSONRPCRequest): Refusal | undefined {
  const refusal = findRequestRefusal(request, state.initialize.capabilities)
  // Other requests, such as `ping`, need no declared capability.
  return refusal?.reason === 'missing-capability' ? refusal : undefined
}

/** Returns the refusal of a request of the server for which no stream is open. */
export const noStreamRefusal = ({ method }: JSONRPCRequest): Refusal =>
  noBackChannel(method, 'it has no stream open')
