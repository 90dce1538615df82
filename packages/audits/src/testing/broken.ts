import type { Target } from '../target.ts'

/** A target whose every answer is tampered with. */
export function tampering(
  target: Target,
  tamper: (response: Response) => Response | Promise<Response>,
): Target {
  return { url: target.url, fetch: async (request) => tamper(await target.fetch(request)) }
}

/** A target whose every answer has another text. */
export function rewriting(target: Target, rewrite: (text: string) => string): Target {
  return tampering(target, ({ body, status, headers }) => {
    const decoder = new TextDecoder()
    const encoder = new TextEncoder()
    const rewritten = body?.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, controller) =>
          controller.enqueue(encoder.encode(rewrite(decoder.decode(chunk, { stream: true })))),
      }),
    )
    return new Response(rewritten ?? null, { status, headers })
  })
}

/** A target that answers every request alike. */
export function answering(answer: () => Response | Promise<Response>): Target {
  return { url: 'http://broken.test/mcp', fetch: async () => answer() }
}
