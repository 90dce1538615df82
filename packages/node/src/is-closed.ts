import type { NodeResponse } from './types.ts'

/** Whether a response can no longer be sent, since its client has disconnected. Responses of HTTP/2 have no `destroyed`. */
export const isClosed = (res: NodeResponse): boolean =>
  'stream' in res ? res.stream?.destroyed === true : res.destroyed === true
