import { withoutHidden } from './operations.ts'
import type { Operation } from './scope-rules.ts'

/** Leaves out of a response, JSON or stream, what its reader may not use. */
export async function filterLists(
  response: Response,
  mayUse: (operation: Operation) => boolean,
): Promise<Response> {
  const type = response.headers.get('content-type') ?? ''
  const filter = (json: string) => filterJson(json, mayUse)
  if (type.startsWith('application/json')) return rebuilt(response, filter(await response.text()))
  if (!type.startsWith('text/event-stream') || !response.body) return response
  const body = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(frameFilter(filter))
    .pipeThrough(new TextEncoderStream())
  return rebuilt(response, body)
}

function filterJson(json: string, mayUse: (operation: Operation) => boolean): string {
  try {
    return JSON.stringify(withoutHidden(JSON.parse(json), mayUse))
  } catch {
    // nobody can read a list out of it
    return json
  }
}

function rebuilt({ status, statusText, headers }: Response, body: BodyInit): Response {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return new Response(body, { status, statusText, headers: kept })
}

const FRAME_END = /\r\n\r\n|\n\n|\r\r/
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
