import type { IncomingMessage, ServerResponse } from 'node:http'

const MAX_BYTES = 32 * 1024 * 1024

const MAX_MS = 10_000

/**
 * Reads the rest of a request body that was answered without it, once the answer is sent, so that a client
 * which writes slowly, or reads late, still gets the answer. Node does so by itself, but for as long as the
 * client likes. After 32 MiB or 10 seconds the connection is closed.
 */
export function discardIncoming(req: IncomingMessage, res: ServerResponse): void {
  res.once('finish', () => {
    if (!req.complete) discard(req)
  })
}

function discard(req: IncomingMessage): void {
  let size = 0
  const end = (): void => {
    clearTimeout(timer)
    req.off('data', count)
    if (!req.complete) req.socket.destroySoon()
  }
  const count = (chunk: Buffer): void => {
    size += chunk.byteLength
    if (size > MAX_BYTES) end()
  }
  const timer = setTimeout(end, MAX_MS).unref()
  req.on('data', count).once('close', end).once('end', end).resume()
}
