import { removeHidden } from './operations.ts'
import type { Operation } from './scope-rules.ts'

/**
 * Removes the items that the caller may not use from the lists of a response, which may be JSON or an event stream.
 *
 * @throws Error if the response is compressed or malformed, and whatever the scope rules throw. After the start of a
 *   stream, the stream fails with the error instead.
 */
export async function filterLists(
  response: Response,
  mayUse: (operation: Operation) => boolean,
): Promise<Response> {
  const { headers, body: unread } = response
  const type = headers.get('content-type')?.toLowerCase() ?? ''
  const isJson = type.startsWith('application/json')
  if (!unread || !(isJson || type.startsWith('text/event-stream'))) return response
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') {
    unread.cancel().catch(() => {})
    throw new Error(
      'withAuth: a compressed response cannot be filtered by scopes: compress responses in front of withAuth',
    )
  }
  const filter = (json: string) => filterJson(json, mayUse)
  if (isJson) return rebuildResponse(response, filter(await response.text()))
  const body = unread
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(createFrameFilter(filter))
    .pipeThrough(new TextEncoderStream())
  return rebuildResponse(response, body)
}

function filterJson(json: string, mayUse: (operation: Operation) => boolean): string {
  return json && JSON.stringify(removeHidden(JSON.parse(json), mayUse))
}

function rebuildResponse({ status, statusText, headers }: Response, body: BodyInit): Response {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return new Response(body, { status, statusText, headers: kept })
}

const FRAME_END = /(?:\r\n|\n|\r(?!\n)){2}/
const LINE_END = /\r\n|\n|\r/

function createFrameFilter(filter: (json: string) => string): TransformStream<string, string> {
  let rest = ''
  return new TransformStream({
    transform(chunk, controller) {
      const frames = (rest + chunk).split(FRAME_END)
      rest = frames.pop() ?? ''
      for (const frame of frames) controller.enqueue(`${filterFrame(frame, filter)}\n\n`)
    },
    flush(controller) {
      if (rest) controller.enqueue(filterFrame(rest, filter))
    },
  })
}

function filterFrame(frame: string, filter: (json: string) => string): string {
  const lines = frame.split(LINE_END)
  const data = lines.filter((line) => line.startsWith('data:'))
  if (data.length === 0) return frame
  const others = lines.filter((line) => !line.startsWith('data:'))
  const json = filter(data.map((line) => line.slice('data:'.length).replace(/^ /, '')).join('\n'))
  return [...others, ...json.split('\n').map((line) => `data: ${line}`)].join('\n')
}
