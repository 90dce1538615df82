import { randomUUID } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import type { FetchHandler } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import { toNodeHandler } from '@portico-mcp/node'
import type { ServerState } from './probes.ts'
import type { Settings } from './read-options.ts'
import type { RequestTracker } from './request-tracker.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** Creates the request listener of a `node:http` server. Every request has an id, which responses and log lines name. */
export function requestListener(
  handler: FetchHandler,
  settings: Settings,
  state: ServerState,
  tracker: RequestTracker,
  onerror: (error: Error) => void,
): RequestListener {
  const serve = toNodeHandler(handler, { onerror })
  return (req, res) => {
    const requestId = readRequestId(req.headers['x-request-id'], settings) ?? randomUUID()
    res.setHeader('x-request-id', requestId)
    if (state.draining) res.setHeader('connection', 'close')
    if (settings.logging) logOnClose(res, requestId, settings)
    tracker.track(requestId, () => void serve(req, res).catch(onerror))
  }
}

// an id of an untrusted client could be used to write into the log
function readRequestId(sent: string | string[] | undefined, { trustProxy }: Settings): string | undefined {
  return trustProxy && typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : undefined
}

function logOnClose(res: ServerResponse, requestId: string, { logger }: Settings): void {
  const { method, url = '', socket } = res.req
  const startedAt = performance.now()
  const address = socket.remoteAddress
  res.once('close', () => {
    const details = {
      requestId,
      method,
      // a query may contain a token
      path: url.split('?', 1)[0],
      status: res.statusCode,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      address,
      ...(!res.writableFinished && { aborted: true }),
    }
    // an error that a logger throws in an event listener would end the process
    reporter(() => logger.info(details, 'request'))(undefined)
  })
}
