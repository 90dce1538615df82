import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NodeRequest } from './to-node-handler.ts'

const MAX_BYTES = 32 * 1024 * 1024

const MAX_MS = 10_000

const MAX_IDLE_MS = 1_000

const CHECK_MS = 100

/**
 * Bounds how much of a request body is read that was answered without it. Node reads the rest once the answer
 * is sent, so that a client which writes slowly, or reads late, still gets the answer; but it does so for as
 * long as the client likes. After 32 MiB or 10 seconds the connection is closed.
 */
export function discardIncoming(req: IncomingMessage, res: ServerResponse): void {
  res.once('finish', () => {
    if (!req.complete) void watch(req).then((isComplete) => isComplete || req.socket.destroySoon())
  })
}

/**
 * Reads the rest of a body that was given up, or whose length is open, before its answer is sent: Node closes
 * the connection with the answer to the former, and half a second after that to the latter. A client that is
 * still writing loses the answer then. It reads at most 32 MiB, for 10 seconds, with pauses of a second.
 */
export function discardRest(req: NodeRequest): Promise<unknown> | undefined {
  if (req.httpVersionMajor !== 1 || req.complete || req.destroyed) return undefined
  if (!req.readableDidRead && !('transfer-encoding' in req.headers)) return undefined
  req.resume()
  return watch(req as IncomingMessage, MAX_IDLE_MS)
}

/**
 * Waits until a body has been read to its end, or there is more of it than is read.
 *
 * @returns Whether there is nothing left to read.
 */
function watch(req: IncomingMessage, maxIdleMs = MAX_MS): Promise<boolean> {
  // a body that Node discards emits no events, so the socket is asked
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
