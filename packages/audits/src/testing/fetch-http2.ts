import { type ClientHttp2Session, connect } from 'node:http2'
import { Readable } from 'node:stream'

/** `fetch` over cleartext HTTP/2, one connection for all requests. */
export function fetchHttp2(): { fetch(request: Request): Promise<Response>; close(): void } {
  let session: ClientHttp2Session | undefined
  return {
    fetch: (request) => {
      const url = new URL(request.url)
      if (!session || session.closed || session.destroyed) session = connect(url.origin)
      session.on('error', () => {})
      return send(session, request, url)
    },
    close: () => session?.destroy(),
  }
}

async function send(session: ClientHttp2Session, request: Request, url: URL): Promise<Response> {
  const { signal, method } = request
  const headers = { ':method': method, ':path': url.pathname, ...Object.fromEntries(request.headers) }
  const stream = session.request(headers)
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stream.close(8)
      reject(signal.reason)
    }
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    stream.on('close', () => signal.removeEventListener('abort', abort))
    stream.on('error', reject)
    stream.on('response', (received) => {
      const status = Number(received[':status'])
      const entries = Object.entries(received).filter(([name]) => !name.startsWith(':'))
      const body = status === 202 || method === 'HEAD' ? null : (Readable.toWeb(stream) as ReadableStream)
      if (body === null) stream.resume()
      resolve(new Response(body, { status, headers: entries as [string, string][] }))
    })
    if (request.body)
      Readable.fromWeb(request.body as never)
        .on('error', () => {})
        .pipe(stream)
    else stream.end()
  })
}
