import { connect } from 'node:net'

/** A request whose body is written slowly, by a client that reads only when it has written everything. */
export interface SlowUpload {
  headers?: Record<string, string>
  /** Whether the length of the body is left open. @defaultValue false */
  chunked?: boolean
  /** Bytes of the body. @defaultValue 5242880 */
  size?: number
  /** Milliseconds between two pieces of 64 kB. @defaultValue 2 */
  gapMs?: number
}

const PIECE = Buffer.alloc(64 * 1024, ' ')

/** Uploads slowly, and resolves to the status of the answer; to the error's code where the answer is lost. */
export function uploadSlowly(url: string, upload: SlowUpload = {}): Promise<number | string> {
  const { hostname, port, host, pathname } = new URL(url)
  const { chunked = false, size = 5 * 1024 * 1024, gapMs = 2 } = upload
  const headers: Record<string, string> = {
    host,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(size) }),
    ...upload.headers,
  }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)

  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.once('close', () => resolve('closed without an answer'))
    socket.on('data', (data) => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString('latin1'))?.[1]))
      socket.destroy()
    })
    socket.write(`POST ${pathname} HTTP/1.1\r\n${head.join('')}\r\n`)
    let sent = 0
    const write = (): void => {
      if (socket.destroyed) return
      if (sent >= size) {
        if (chunked) socket.write('0\r\n\r\n')
        socket.resume()
        return
      }
      sent += PIECE.byteLength
      const piece = chunked ? framed(PIECE) : PIECE
      socket.write(piece, () => setTimeout(write, gapMs))
    }
    write()
  })
}

const framed = (piece: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${piece.byteLength.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
