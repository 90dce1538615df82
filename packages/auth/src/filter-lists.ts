import { withoutHidden } from './operations.ts'
import type { Operation } from './scope-rules.ts'

/**
 * Leaves out of a response, JSON or stream, what its reader may not use.
 *
 * @throws what the rules throw, and for a response that cannot be read; a stream ends with it instead.
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
    throw new Error('What is compressed cannot be filtered: compress in front of withAuth()')
  }
  const filter = (json: string) => filterJson(json, mayUse)
  if (isJson) return rebuilt(response, filter(await response.text()))
  const body = unread
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(frameFilter(filter))
    .pipeThrough(new TextEncoderStream())
  return rebuilt(response, body)
}

function filterJson(json: string, mayUse: (operation: Operation) => boolean): string {
  return json && JSON.stringify(withoutHidden(JSON.parse(json), mayUse))
}

function rebuilt({ status, statusText, headers }: Response, body: BodyInit): Response {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return new Response(body, { status, statusText, headers: kept })
}

const FRAME_END = /(?:\r\n|\n|\r(?!\n)){2}/
const LINE_END = /\r\n|\n|\r/

function frameFilter(filter: (json: string) => string): TransformStream<string, string> {
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
