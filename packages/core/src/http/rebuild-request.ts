/**
 * Builds a request like one whose body has been read, with a body that can be read once more.
 *
 * @param body - All bytes, or a stream of them.
 */
export function rebuildRequest(
  request: Request,
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
): Request {
  const { url, method, signal } = request
  const headers = new Headers(request.headers)
  // a handler that gets parsedBody measures it by this header, and writes it out again without one
  if (body instanceof Uint8Array) headers.set('content-length', String(body.byteLength))
  const init = { method, headers, signal, body: body as BodyInit, duplex: 'half' }
  return keepSignal(new Request(url, init as RequestInit), signal)
}

/**
 * Keeps a request alive for as long as the signal that it was built with. On Node, a `Request` follows that signal
 * through a `WeakRef`: where nothing else references the request, it is collected, and `request.signal`, which a handler
 * may still hold, never aborts (undici, lib/web/fetch/request.js).
 */
export function keepSignal(request: Request, signal: AbortSignal): Request {
  signal.addEventListener('abort', () => request, { once: true })
  return request
}
