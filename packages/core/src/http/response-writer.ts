import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'

/** What a response has besides its body. */
export interface ResponseInitOf {
  status: number
  headers: Record<string, string>
}

/** Makes a response of text that is known. */
export type TextResponse = (text: string, init: ResponseInitOf) => Response

/** A response whose chunks come one by one. */
export interface ResponseStream {
  readonly response: Response
  write(chunk: Uint8Array): void
  /** How many chunks the client has not read. */
  backlog(): number
  close(): void
}

/** What a {@link ResponseStream} tells. */
export interface StreamListener {
  /** Everything was read. */
  onpull(): void
  /** The client left. */
  oncancel(): void
}

/** Makes a {@link ResponseStream}. */
export type StreamResponse = (init: ResponseInitOf, listener: StreamListener) => ResponseStream

/** How responses are made; an adapter that writes them without a web stream brings its own ways. */
export interface Responses {
  text: TextResponse
  stream: StreamResponse
  /** The request whose signal need not be watched, since every stream is told when its client leaves. */
  request?: Request
}

const stream: StreamResponse = (init, { onpull, oncancel }) => {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  const start = (given: typeof controller): void => {
    controller = given
  }
  return {
    response: new Response(new ReadableStream<Uint8Array>({ start, pull: onpull, cancel: oncancel }), init),
    write: (chunk) => controller.enqueue(chunk),
    backlog: () => 1 - (controller.desiredSize ?? 1),
    close: () => controller.close(),
  }
}

/** The platform's own. */
export const standardResponses: Responses = { text: (text, init) => new Response(text, init), stream }

interface JsonShape {
  headers?: Record<string, string> | undefined
  responses?: Responses | undefined
}

/** A JSON answer that no cache keeps. */
export const jsonResponse = (body: JSONRPCMessage, status: number, shape?: JsonShape): Response =>
  jsonTextResponse(JSON.stringify(body), status, shape)

/** The same of JSON that has been written already. */
export const jsonTextResponse = (
  text: string,
  status: number,
  { headers, responses = standardResponses }: JsonShape = {},
): Response =>
  responses.text(text, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })

/** The answer to what needs none. */
export const acknowledge = (): Response => new Response(null, { status: 202 })
