import type { McpHandlerRequestOptions } from '@portico-mcp/core'
import { isJsonType } from '@portico-mcp/core/internal'
import type { Recording } from './recording.ts'

type Reading = Request & { bytes?: () => Promise<Uint8Array> }

/**
 * Sees the body of a POST while the handler reads it, in whichever way it does: nothing is read before or
 * instead of it, and the request stays the same object, so that an adapter's own is not lost.
 */
export function tapRequest(
  request: Reading,
  { parsedBody }: McpHandlerRequestOptions,
  recording: Recording,
): void {
  const { headers, method } = request
  if (method !== 'POST' || !isJsonType(headers.get('content-type'))) return
  if (headers.has('content-encoding') && parsedBody === undefined) return
  const { request: body } = recording
  if (parsedBody !== undefined) {
    body.add(textOf(parsedBody))
    return
  }
  const seeWhole = (bytes: Uint8Array | ArrayBuffer): void => {
    body.addText(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes))
    recording.changed()
  }
  const seeChunk = (bytes: Uint8Array): void => {
    body.addBytes(bytes)
    recording.changed()
  }
  const seeText = (text: string): void => {
    body.add(text)
    recording.changed()
  }
  let isSeen = false
  // one way to read a body may call another
  const once = <Body>(see: (body: Body) => void) => {
    return (body: Body): void => {
      if (!isSeen) see(body)
      isSeen = true
    }
  }
  watch(request, 'bytes', once(seeWhole))
  watch(request, 'arrayBuffer', once(seeWhole))
  watch(request, 'text', once(seeText))
  watch(
    request,
    'json',
    once((json: unknown) => seeText(textOf(json))),
  )
  let watched: ReadableStream<Uint8Array> | null | undefined
  const source = (): ReadableStream<Uint8Array> | null =>
    Reflect.get(Object.getPrototypeOf(request), 'body', request)
  Object.defineProperty(request, 'body', {
    configurable: true,
    get: () => {
      if (watched === undefined) {
        const given = source()
        watched = given && watchBody(given, seeChunk)
      }
      return watched
    },
  })
}

// one that is nested too deeply to be written is the handler's to refuse
function textOf(json: unknown): string {
  try {
    return JSON.stringify(json)
  } catch {
    return ''
  }
}

function watch(
  request: Reading,
  name: 'bytes' | 'arrayBuffer' | 'text' | 'json',
  see: (body: never) => void,
): void {
  const read = request[name] as (() => Promise<never>) | undefined
  if (!read) return
  const value = async (): Promise<never> => {
    const body = await read.call(request)
    see(body)
    return body
  }
  Object.defineProperty(request, name, { configurable: true, value })
}

// the source is touched only when somebody reads
function watchBody(
  source: ReadableStream<Uint8Array>,
  see: (chunk: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        reader ??= source.getReader()
        const { done, value } = await reader.read()
        if (done) return controller.close()
        see(value)
        controller.enqueue(value)
      },
      cancel: (reason) => (reader ?? source).cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
