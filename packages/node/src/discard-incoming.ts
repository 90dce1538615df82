import type { IncomingMessage, ServerResponse } from 'node:http'

const MAX_BYTES = 32 * 1024 * 1024

const MAX_MS = 10_000

const CHECK_MS = 100

/**
 * Bounds how much of a request body is read that was answered without it. Node reads the rest once the answer
 * is sent, so that a client which writes slowly, or reads late, still gets the answer; but it does so for as
 * long as the client likes. After 32 MiB or 10 seconds the connection is closed.
 */
export function discardIncoming(req: IncomingMessage, res: ServerResponse): void {
  res.once('finish', () => {
    if (!req.complete) bound(req)
  })
}

// a body that Node discards emits no events
function bound(req: IncomingMessage): void {
  const { socket } = req
  const limit = socket.bytesRead + MAX_BYTES
  const deadline = Date.now() + MAX_MS
  const timer = setInterval(() => {
    const isOver = req.complete || socket.destroyed
    if (!isOver && socket.bytesRead <= limit && Date.now() <= deadline) return
    clearInterval(timer)
    if (!isOver) socket.destroySoon()
  }, CHECK_MS)
  timer.unref()
}
