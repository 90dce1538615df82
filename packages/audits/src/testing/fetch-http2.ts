import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { Readable } from 'node:stream'

/** `fetch` over cleartext HTTP/2, one connection for all requests. */
export function fetchHttp2(): { fetch(request: Request): Promise<Response>; close(): void } {
  let session: ClientHttp2Session | undefined
  return {
    fetch: (request) => {
      if (!session || session.closed || session.destroyed) {
        session = connect(new URL(request.url).origin)
        session.on('error', () => {})
      }
      return send(session, request)
    },
    close: () => session?.destroy(),
  }
}

function send(
  session: ClientHttp2Session,
  { method, url, headers, body, signal }: Request,
): Promise<Response> {
  const stream = session.request({
    ':method': method,
    ':path': new URL(url).pathname,
    ...Object.fromEntries(headers),
  })
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stream.close(constants.NGHTTP2_CANCEL)
      reject(signal.reason)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    stream.on('close', () => signal.removeEventListener('abort', abort))
    stream.on('error', reject)
    stream.on('response', (received) => {
      const status = Number(received[':status'])
      const entries = Object.entries(received).filter(([name]) => !name.startsWith(':'))
      const content = bodyOf(stream)
      const isEmpty = status === 202 || method === 'HEAD'
      resolve(new Response(isEmpty ? null : content, { status, headers: entries as [string, string][] }))
    })
    if (body)
      Readable.fromWeb(body as never)
        .on('error', () => {})
        .pipe(stream)
    else stream.end()
  })
}

// Readable.toWeb() fails where the server answers before it has read everything
function bodyOf(stream: ClientHttp2Stream): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start: (controller) => {
      const onData = (chunk: Buffer): void => controller.enqueue(new Uint8Array(chunk))
      const onEnd = (): void => {
        stream.off('data', onData).off('aborted', onAborted)
        controller.close()
      }
      const onAborted = (): void => {
        stream.off('data', onData).off('end', onEnd)
        controller.error(new Error('The stream was reset'))
      }
      stream.on('data', onData).once('end', onEnd).once('aborted', onAborted)
    },
    cancel: () => {
      stream.removeAllListeners('data').removeAllListeners('end').removeAllListeners('aborted')
      stream.close(constants.NGHTTP2_CANCEL)
    },
  })
}
