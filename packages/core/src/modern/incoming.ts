import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'
import type { Accepted } from '../http/media-types.ts'
import type { ModernRequest } from '../protocol/envelope.ts'
import type { IncomingRequest } from '../server/extensions.ts'

/** A 2026-07-28 request as it came in over HTTP. */
export interface Incoming extends Pick<ModernRequest, 'message' | 'envelope'> {
  readonly http: Request
  readonly accepted: Accepted
  readonly options: McpHandlerRequestOptions
}

/** A request as extensions see it. */
export const toIncomingRequest = ({ http, message, envelope, options }: Incoming): IncomingRequest => ({
  era: 'modern',
  message,
  clientCapabilities: envelope.clientCapabilities,
  authInfo: options.authInfo,
  http,
})
