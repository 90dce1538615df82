import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import type { Accepted } from '../http/media-types.ts'
import type { ModernRequest } from '../protocol/envelope.ts'
import type { IncomingRequest } from '../server/extension-request.ts'

/** A 2026-07-28 request, with its HTTP request and options. */
export interface Incoming extends Pick<ModernRequest, 'message' | 'envelope'> {
  readonly http: Request
  readonly accepted: Accepted
  readonly options: McpHandlerRequestOptions
  /** Whether an extension makes the request, and not a client: it has no headers to check. */
  readonly isInternal?: boolean | undefined
}

/** Describes a request for extensions. */
export const toIncomingRequest = ({ http, message, envelope, options }: Incoming): IncomingRequest => ({
  era: 'modern',
  message,
  clientCapabilities: envelope.clientCapabilities,
  authInfo: options.authInfo,
  http,
})
