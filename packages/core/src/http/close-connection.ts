/** What is asked of a request of `node:http`. */
interface Incoming {
  complete?: boolean
  httpVersionMajor?: number
  readableDidRead?: boolean
}

/** What is asked of a response of `node:http`. */
interface Outgoing {
  headersSent?: boolean
  setHeader(name: string, value: string): unknown
}

/**
 * Closes a connection of HTTP/1 after the response if only a part of the request's body was read. The next request
 * on the connection would have to wait for the rest of the body otherwise.
 *
 * @param incoming - A request of `node:http` or `node:http2`.
 * @param outgoing - Its response.
 *
 * @internal
 */
export function closeAfterPartialBody(incoming: Incoming, outgoing: Outgoing): void {
  const isPartial = incoming.readableDidRead && !incoming.complete
  if (isPartial && incoming.httpVersionMajor === 1 && !outgoing.headersSent) {
    outgoing.setHeader('connection', 'close')
  }
}
