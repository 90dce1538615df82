import type { JSONRPCNotification, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { invalidRequest } from '../http/errors.ts'
import { claimsEnvelope, type Envelope, readEnvelope, readOptionalEnvelope } from './envelope.ts'
import { isRequest } from './json-rpc.ts'
import { readCall } from './read-message.ts'
import { isModernVersion } from './versions.ts'

/** A 2026-07-28 request and what it says of itself. */
export interface ModernRequest {
  era: 'modern'
  message: JSONRPCRequest
  envelope: Envelope
}

/** A 2026-07-28 notification, and what it says of its client, if it does. */
export interface ModernNotification {
  era: 'modern'
  message: JSONRPCNotification
  envelope: Envelope
}

/** Which era answers. */
export type Route = ModernRequest | ModernNotification | { era: 'legacy' }

/** Whether what comes is a request, and waits for an answer. */
export const isRequestRoute = (route: ModernRequest | ModernNotification): route is ModernRequest =>
  isRequest(route.message)

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
  if (isRequest(message)) return { era: 'modern', message, envelope: readEnvelope(message) }
  return { era: 'modern', message, envelope: readOptionalEnvelope(message) }
}
