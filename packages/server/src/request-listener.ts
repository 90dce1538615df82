import { randomUUID } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import type { FetchHandler } from '@portico-mcp/core'
import { reporter } from '@portico-mcp/core/internal'
import { toNodeHandler } from '@portico-mcp/node'
import { currentRequest } from './logger.ts'
import type { ServerState } from './probes.ts'
import type { Settings } from './read-options.ts'

const REQUEST_ID = /^[\w.:-]{1,128}$/

/** Serves the requests of a `node:http` server: each has an id, which answers and log lines name. */
export function requestListener(
  handler: FetchHandler,
  settings: Settings,
  state: ServerState,
  onerror: (error: Error) => void,
): RequestListener {
  const serve = toNodeHandler(handler, { onerror })
  return (req, res) => {
    const requestId = idOf(req.headers['x-request-id'], settings) ?? randomUUID()
    res.setHeader('x-request-id', requestId)
    if (state.draining) res.setHeader('connection', 'close')
    if (settings.logging) logWhenOver(res, requestId, settings)
    currentRequest.run({ requestId }, () => serve(req, res).catch(onerror))
  }
}

// a stranger's would be a way to write into the log
function idOf(sent: string | string[] | undefined, { trustProxy }: Settings): string | undefined {
  return trustProxy && typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : undefined
}

function logWhenOver(res: ServerResponse, requestId: string, { logger }: Settings): void {
  const { method, url = '', socket } = res.req
  const startedAt = performance.now()
  const address = socket.remoteAddress
  res.once('close', () => {
    const details = {
      requestId,
      method,
      // a query may hold a token
      path: url.split('?', 1)[0],
      status: res.statusCode,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      address,
      ...(!res.writableFinished && { aborted: true }),
    }
    // a logger that throws in a callback of Node would end the process
    reporter(() => logger.info(details, 'request'))(undefined)
  })
}
