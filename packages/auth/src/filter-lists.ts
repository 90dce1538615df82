import { withoutHidden } from './operations.ts'
import type { Operation } from './scope-rules.ts'

/** Leaves out of a response, JSON or stream, what its reader may not use. */
export async function filterLists(
  response: Response,
  mayUse: (operation: Operation) => boolean,
): Promise<Response> {
  const type = response.headers.get('content-type') ?? ''
  const filter = (json: string) => JSON.stringify(withoutHidden(JSON.parse(json), mayUse))
  if (type.startsWith('application/json')) return rebuilt(response, filter(await response.text()))
  if (!type.startsWith('text/event-stream') || !response.body) return response
  const body = response.body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>)
    .pipeThrough(frameFilter(filter))
    .pipeThrough(new TextEncoderStream())
  return rebuilt(response, body)
}

function rebuilt({ status, statusText, headers }: Response, body: BodyInit): Response {
  const kept = new Headers(headers)
  kept.delete('content-length')
  return new Response(body, { status, statusText, headers: kept })
}

function frameFilter(filter: (json: string) => string): TransformStream<string, string> {
  let rest = ''
  return new TransformStream({
    transform(chunk, controller) {
      const frames = (rest + chunk).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) {
        controller.enqueue(`${frame.replace(/^data: ?(\{.*)$/m, (_, json) => `data: ${filter(json)}`)}\n\n`)
      }
    },
    flush(controller) {
      if (rest) controller.enqueue(rest)
    },
  })
}
