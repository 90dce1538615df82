import type { JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { claimsEnvelope, type Envelope, readEnvelope } from './envelope.ts'
import { isRequest } from './json-rpc.ts'
import { readCall } from './message.ts'
import { invalidRequest } from './refusal.ts'
import { isModernVersion } from './versions.ts'

/** A 2026-07-28 request and what it says of itself. */
export interface ModernRequest {
  era: 'modern'
  message: JSONRPCRequest
  envelope: Envelope
}

/** Which era answers; a 2026-07-28 notification is accepted, and means nothing to a host. */
export type Route = ModernRequest | { era: 'modern'; message?: undefined } | { era: 'legacy' }

/** Whether a request names an envelope revision, served here or not. */
export const namesModernVersion = ({ headers }: Request): boolean =>
  isModernVersion(headers.get('mcp-protocol-version') ?? '')

/** Decides the era from the body; the version header only tells what a body without an envelope meant. */
export function route(request: Request, body: unknown): Route {
  const batch = Array.isArray(body)
  const claims = batch ? body.some(claimsEnvelope) : claimsEnvelope(body)
  if (!claims && !namesModernVersion(request)) return { era: 'legacy' }
  if (batch) throw invalidRequest('2026-07-28 has no batches')

  const message = readCall(body)
  return isRequest(message) ? { era: 'modern', message, envelope: readEnvelope(message) } : { era: 'modern' }
}
