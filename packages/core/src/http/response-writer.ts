import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** Status and headers of a response. */
export interface ResponseHead {
  status: number
  headers: Record<string, string>
}

/** A response whose chunks are written one by one. */
export interface ResponseStream {
  readonly response: Response
  write(chunk: Uint8Array): void
  /** Returns how many chunks the client has not read. */
  backlog(): number
  close(): void
}

/** Events of a {@link ResponseStream}. */
export interface ResponseStreamEvents {
  /** Every chunk has been read. */
  onpull(): void
  /** The client has disconnected. */
  oncancel(): void
}

/**
 * Creates the responses of a handler. An adapter passes its own to write responses without a web stream, which costs
 * about 20 µs on Node. Its responses must pass as a `Response`, since anything in front of the handler may read them.
 *
 * @internal
 */
export interface ResponseWriter {
  /** Creates a response with a known text. */
  text(text: string, head: ResponseHead): Response
  /** Creates a response that is streamed. */
  stream(head: ResponseHead, events: ResponseStreamEvents): ResponseStream
  /**
   * Whether every stream calls `oncancel` when the client of a request disconnects. The signal of that request is not
   * watched then, which saves its creation. @defaultValue false for every request
   */
  noticesDisconnect?(request: Request): boolean
}

const stream: ResponseWriter['stream'] = (head, { onpull, oncancel }) => {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const start = (given: typeof controller): void => {
    controller = given
  }
  return {
    response: new Response(new ReadableStream<Uint8Array>({ start, pull: onpull, cancel: oncancel }), head),
    write: (chunk) => controller.enqueue(chunk),
    backlog: () => 1 - (controller.desiredSize ?? 1),
    close: () => controller.close(),
  }
}

/** Creates the responses of the platform. */
export const standardWriter: ResponseWriter = { text: (text, head) => new Response(text, head), stream }

interface JsonShape {
  headers?: Record<string, string> | undefined
  responseWriter?: ResponseWriter | undefined
}

/** Creates a response of a JSON-RPC message, or of JSON text, which no cache stores. */
export const jsonResponse = (
  body: JSONRPCMessage | string,
  status: number,
  { headers, responseWriter = standardWriter }: JsonShape = {},
): Response =>
  responseWriter.text(typeof body === 'string' ? body : JSON.stringify(body), {
    status,
    headers: Object.assign({ 'content-type': 'application/json', 'cache-control': 'no-store' }, headers),
  })

/** Creates the empty response (202) to notifications and responses. */
export const acknowledge = (): Response => new Response(null, { status: 202 })
