import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { claimsEnvelope, type Envelope, readEnvelope } from './envelope.ts'
import { isRequest, isResponse } from './json-rpc.ts'
import { readMessage } from './message.ts'
import { Refusal } from './refusal.ts'
import { isModernVersion } from './versions.ts'

/** A 2026-07-28 request and what it says of itself. */
export interface ModernRequest {
  era: 'modern'
  message: JSONRPCRequest
  envelope: Envelope
}

/** Which era answers; a 2026-07-28 notification is accepted, and means nothing to a host. */
export type Route = ModernRequest | { era: 'modern'; message?: undefined } | { era: 'legacy' }

/** Decides the era from the body; the version header only tells what a body without an envelope meant. */
export function route(request: Request, body: unknown): Route {
  const headerIsModern = isModernVersion(request.headers.get('mcp-protocol-version'))
  if (Array.isArray(body)) return routeBatch(body, headerIsModern)
  if (!headerIsModern && !claimsEnvelope(body)) return { era: 'legacy' }

  const message = readMessage(body)
  if (isResponse(message)) {
    throw new Refusal('invalid-request', 'Invalid request: 2026-07-28 has no responses from clients')
  }
  return isRequest(message) ? { era: 'modern', message, envelope: readEnvelope(message) } : { era: 'modern' }
}

function routeBatch(body: unknown[], headerIsModern: boolean): Route {
  if (headerIsModern || body.some(claimsEnvelope)) {
    throw new Refusal('invalid-request', 'Invalid request: 2026-07-28 has no batches')
  }
  return { era: 'legacy' }
}
