/**
 * Observes one HTTP exchange from inside the handler, which calls it with what it holds anyway: nothing is read, parsed
 * or copied for it. Pass it as the request option `observer`; `observeExchange` does that, and observes the response too.
 *
 * A method that throws breaks the request. A wrapper that passes its own observer on must call the one that it was given.
 *
 * @internal
 */
export interface RequestObserver {
  /**
   * The body of a POST has been read. It need not be JSON: it is parsed afterwards. If a wrapper has read it from a clone
   * before, it is called again with the same text.
   */
  requestText?(text: string): void
  /** The handler answers with this error, before it reports it. */
  failed?(error: unknown): void
}

/** How a response ended: sent whole, not read to its end by the client, or failed. */
export type ResponseEnd = 'done' | 'left' | 'broken'

/** What is known of a response when it begins. */
export interface ObservedHead {
  readonly status: number
  /** Looks up a header; the name is in lower case. */
  readonly headers: Pick<Headers, 'get'>
}

/**
 * Observes one exchange from outside of the handler. The order of calls is `requestText`, `responseHead`,
 * then `responseText` or `responseChunk`, and `responseEnd`. A request may also be answered before its body is read.
 *
 * A method that throws breaks the request.
 *
 * @internal
 */
export interface ExchangeObserver extends RequestObserver {
  /** Piece of a request body that a handler reads which does not call observers itself. */
  requestChunk?(chunk: Uint8Array): void
  /**
   * Whether the text of a JSON response that other code has created is needed before it is passed on. It is read to its
   * end then, and passed to `responseText`. @defaultValue false: its chunks are observed while they are read
   */
  needsText?(head: ObservedHead): boolean
  /** The response begins. */
  responseHead(head: ObservedHead): void
  /** The whole body of a response that is not streamed. */
  responseText(text: string): void
  /** The next chunk of a body that is streamed. It is written afterwards, so do not keep it. */
  responseChunk(chunk: Uint8Array): void
  /** The response is over. It is called once. */
  responseEnd(how: ResponseEnd): void
}

type Fetch = (request: Request, options?: never) => unknown

const observable = new WeakSet<Fetch>()

/** Marks the `fetch` of a handler that calls observers with the bodies which it reads. */
export function markObservable<F extends Fetch>(fetch: F): F {
  observable.add(fetch)
  return fetch
}

/** Returns whether a handler calls observers. A wrapper made by `wrap` does if the handler inside does. */
export const isObservable = ({ fetch }: { fetch: Fetch }): boolean => observable.has(fetch)
