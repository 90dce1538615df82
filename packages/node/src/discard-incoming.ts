import type { ServerResponse } from 'node:http'
import type { NodeRequest } from './types.ts'

const MAX_BYTES = 32 * 1024 * 1024

const MAX_MS = 10_000

const MAX_IDLE_MS = 1_000

const CHECK_MS = 100

/**
 * Limits how much is read of a request body that was answered without it. Node reads the rest after the response, so
 * that a client which writes slowly, or reads late, still gets the response, but it does so without a limit. After
 * 32 MiB or 10 seconds the connection is closed.
 */
export function limitRest(req: NodeRequest, res: ServerResponse): void {
  res.once('finish', () => {
    if (!req.complete) void watch(req).then((isComplete) => isComplete || req.socket.destroySoon())
  })
}

/**
 * Reads the rest of a body that was read in part, or whose length is open, before its response is sent. Node closes
 * the connection with the response to the former, and a client that is still writing would lose it. It reads at most
 * 32 MiB, for 10 seconds, with pauses of a second.
 *
 * @returns undefined if there is nothing to wait for.
 */
export function discardRest(req: NodeRequest): Promise<unknown> | undefined {
  if (req.httpVersionMajor !== 1 || req.complete !== false || req.destroyed) return undefined
  if (!req.readableDidRead && !('transfer-encoding' in req.headers)) return undefined
  req.resume()
  return watch(req, MAX_IDLE_MS)
}

/**
 * Waits until a body has been read to its end, or a limit is reached.
 *
 * @returns Whether there is nothing left to read.
 */
function watch(req: NodeRequest, maxIdleMs = MAX_MS): Promise<boolean> {
  // A body that Node discards emits no events, so the bytes of the socket are counted.
  const { socket } = req
  const started = socket.bytesRead
  const deadline = Date.now() + MAX_MS
  let last = { bytes: started, at: Date.now() }
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const bytes = socket.bytesRead
      const now = Date.now()
      if (bytes !== last.bytes) last = { bytes, at: now }
      const isOver = req.complete || socket.destroyed
      const isTooMuch = bytes - started > MAX_BYTES || now > deadline || now - last.at > maxIdleMs
      if (isOver || isTooMuch) end(isOver)
    }, CHECK_MS)
    const end = (isOver: boolean): void => {
      clearInterval(timer)
      resolve(isOver)
    }
    req.once('end', () => end(true))
  })
}
