import type { ResponseWriter } from '@portico-mcp/core/internal'
import type { Excerpt } from './excerpt.ts'
import { responseHeadersShown } from './headers.ts'
import type { Outcome, Recording } from './recording.ts'

/** Sees what a handler answers by an adapter's own means; `made` is the response that they made last. */
export interface Tap {
  responseWriter: ResponseWriter
  made(): Response | undefined
}

/** Sees an adapter's responses while they are written, which cost it nothing but that. */
export function tapResponses(given: ResponseWriter, recording: Recording): Tap {
  let made: Response | undefined
  // what stands in front may answer in its place
  const make = (response: Response, body: Excerpt, headers: Record<string, string>): Response => {
    made = response
    recording.response = body
    recording.responseHeaders = responseHeadersShown({ get: (name) => headerOf(headers, name) })
    return response
  }
  const responseWriter: ResponseWriter = {
    ...given,
    text: (text, init) => {
      const body = recording.excerpt()
      body.add(text)
      return make(given.text(text, init), body, init.headers)
    },
    stream: (init, listener) => {
      const body = recording.excerpt()
      const end = (outcome: Outcome): void => {
        if (recording.response === body) recording.end(outcome)
      }
      const inner = given.stream(init, {
        onpull: () => listener.onpull(),
        oncancel: () => {
          end('left')
          listener.oncancel()
        },
      })
      make(inner.response, body, init.headers)
      return {
        response: inner.response,
        backlog: () => inner.backlog(),
        write: (chunk) => {
          see(chunk, body, recording)
          inner.write(chunk)
        },
        close: () => {
          end('done')
          inner.close()
        },
      }
    },
  }
  return { responseWriter, made: () => made }
}

/** Hands a response on, and sees it as it is read. */
export function observeResponse(response: Response, recording: Recording, made?: Response): Response {
  if (response === made) {
    recording.answered(response.status, recording.responseHeaders)
    if (!isStream(recording.responseHeaders)) recording.end('done')
    return response
  }
  const { status, statusText, headers, body } = response
  const shown = responseHeadersShown(headers)
  recording.response = recording.excerpt()
  recording.answered(status, shown)
  const isReadable = body !== null && (headers.get('content-encoding') ?? 'identity') === 'identity'
  if (!isReadable || !(isStream(shown) || isJson(shown))) {
    recording.end('done')
    return response
  }
  return new Response(watched(body, recording), { status, statusText, headers })
}

function watched(body: ReadableStream<Uint8Array>, recording: Recording): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const { response } = recording
  return new ReadableStream(
    {
      async pull(controller) {
        const read = await reader.read().catch((error) => {
          recording.end('broken')
          throw error
        })
        if (read.done) {
          recording.end('done')
          return controller.close()
        }
        see(read.value, response, recording)
        controller.enqueue(read.value)
      },
      cancel: (reason) => {
        recording.end('left')
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

const COLON = 0x3a

function see(chunk: Uint8Array, body: Excerpt, recording: Recording): void {
  // a comment that keeps the stream open
  if (chunk[0] === COLON) return
  body.addBytes(chunk)
  recording.changed()
}

const isStream = (headers: Record<string, string>): boolean =>
  headers['content-type']?.toLowerCase().startsWith('text/event-stream') ?? false

const isJson = (headers: Record<string, string>): boolean =>
  headers['content-type']?.toLowerCase().startsWith('application/json') ?? false

function headerOf(headers: Record<string, string>, name: string): string | null {
  for (const [other, value] of Object.entries(headers)) if (other.toLowerCase() === name) return value
  return null
}
