import { type ExchangeObserver, isObservable, type RequestObserver } from './exchange-observer.ts'
import type { FetchHandler, McpHandlerRequestOptions } from './fetch-handler.ts'
import { isJsonType } from './media-types.ts'
import { ObservingWriter } from './observing-writer.ts'
import { rebuildRequest } from './rebuild-request.ts'
import { changeRequestOptions } from './to-fetch.ts'
import { watchBody } from './watch-body.ts'

/**
 * Has a handler answer a request, and calls an observer with both bodies. The costs on Node are those of the observer:
 * a Portico handler calls it with the text that it has read and the text that it writes. Only bodies that other code
 * reads or creates pass through a web stream, as fast as they are read; nothing is read ahead.
 *
 * Call it in the function that `wrap` gets: `wrap(handler, (request, options) => observeExchange(handler, request,
 * options, new SizeObserver(request)))`.
 *
 * @param handler - Answers the request.
 * @param options - The options of the request. An `observer` among them is called as well.
 * @returns The response of the handler. If the handler rejects, so does this, after `responseEnd('broken')`.
 *
 * @internal
 */
export async function observeExchange(
  handler: FetchHandler,
  request: Request,
  options: McpHandlerRequestOptions,
  observer: ExchangeObserver,
): Promise<Response> {
  const { parsedBody, responseWriter } = options
  const writer = responseWriter && new ObservingWriter(responseWriter, observer)
  const observed = isObservable(handler) ? request : observeBody(request, parsedBody, observer)
  const { observer: outer } = options
  const passed = changeRequestOptions(options, {
    observer: outer ? new BothObservers(observer, outer) : observer,
  })
  if (writer) passed.responseWriter = writer
  let response: Response
  try {
    response = await handler.fetch(observed, passed)
  } catch (error) {
    observer.responseEnd('broken')
    throw error
  }
  return writer?.adopt(response) ? response : observeResponse(response, observer)
}

/** Calls the observer of a request and that of a wrapper further out. */
class BothObservers implements RequestObserver {
  readonly #inner: RequestObserver
  readonly #outer: RequestObserver

  constructor(inner: RequestObserver, outer: RequestObserver) {
    this.#inner = inner
    this.#outer = outer
  }

  requestText(text: string): void {
    this.#inner.requestText?.(text)
    this.#outer.requestText?.(text)
  }

  failed(error: unknown): void {
    this.#inner.failed?.(error)
    this.#outer.failed?.(error)
  }
}

function observeBody(request: Request, parsedBody: unknown, observer: ExchangeObserver): Request {
  const { method, headers } = request
  if (!observer.requestChunk || parsedBody !== undefined) return request
  if (method !== 'POST' || !isJsonType(headers.get('content-type')) || headers.has('content-encoding')) {
    return request
  }
  if (request.bodyUsed) return request
  const watched = watchBody(
    () => request.body,
    (chunk) => observer.requestChunk?.(chunk),
    () => {},
  )
  return rebuildRequest(request, watched)
}

function observeResponse(response: Response, observer: ExchangeObserver): Response | Promise<Response> {
  const { status, statusText, headers, body } = response
  observer.responseHead(response)
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  const isJson = type.startsWith('application/json')
  const isText = isJson || type.startsWith('text/event-stream')
  if (!body || !isText || (headers.get('content-encoding') ?? 'identity') !== 'identity') {
    observer.responseEnd('done')
    return response
  }
  if (isJson && observer.needsText?.(response)) return observeText(response, observer)
  const watched = watchBody(
    () => body,
    (chunk) => observer.responseChunk(chunk),
    (how) => observer.responseEnd(how),
  )
  return new Response(watched, { status, statusText, headers })
}

async function observeText(response: Response, observer: ExchangeObserver): Promise<Response> {
  const { status, statusText, headers } = response
  try {
    const bytes = await response.arrayBuffer()
    observer.responseText(new TextDecoder().decode(bytes))
    observer.responseEnd('done')
    return new Response(bytes, { status, statusText, headers })
  } catch (error) {
    observer.responseEnd('broken')
    const broken = new ReadableStream({ start: (controller) => controller.error(error) })
    return new Response(broken, { status, statusText, headers })
  }
}
