import { IncomingMessage } from 'node:http'
import { Http2ServerRequest } from 'node:http2'
import { bodyStream } from './body-stream.ts'
import type { NodeRequest, NodeResponse } from './to-node-handler.ts'
import { toWebRequestHead } from './to-web-request.ts'

/**
 * Whether a request is one that Node's own server made, with its body as bytes. What is not comes from a test's
 * mock, a serverless adapter or a body that has an encoding set.
 */
export const isNative = (req: NodeRequest): boolean =>
  (req instanceof IncomingMessage || req instanceof Http2ServerRequest) &&
  Array.isArray(req.rawHeaders) &&
  req.socket !== undefined &&
  !req.readableEncoding

/** The `Request` of any other, by the members that it is sure to have: method, URL and headers. */
export function plainRequest(req: NodeRequest, res: NodeResponse): Request {
  const head = toWebRequestHead(req)
  const controller = new AbortController()
  const isReadable = head.method !== 'GET' && head.method !== 'HEAD' && Symbol.asyncIterator in req
  const body = isReadable ? { body: bodyStream(req), duplex: 'half' } : {}
  const request = new Request(head, { signal: controller.signal, ...body } as RequestInit)
  // Node collects the signal of a Request that is not referenced
  res.once?.('close', () => request.signal.aborted || res.writableFinished || controller.abort())
  return request
}

/** Sends a response by the members that any `ServerResponse` has. */
export async function sendPlainly(response: Response, res: NodeResponse): Promise<void> {
  const { status, headers, body } = response
  const cookies = headers.getSetCookie()
  const fields = Object.fromEntries([...headers].filter(([name]) => name !== 'set-cookie'))
  const target = res as unknown as PlainTarget
  target.writeHead(status, cookies.length > 0 ? { ...fields, 'set-cookie': cookies } : fields)
  if (body) await pipe(body.getReader(), target)
  target.end()
}

interface PlainTarget {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown
  write(chunk: Uint8Array): unknown
  end(): unknown
  once?: (event: string, listener: () => void) => unknown
}

async function pipe(reader: ReadableStreamDefaultReader<Uint8Array>, res: PlainTarget): Promise<void> {
  res.once?.('close', () => reader.cancel().catch(() => {}))
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const isFull = res.write(read.value) === false
    if (isFull && res.once) await new Promise<void>((resolve) => res.once?.('drain', resolve))
  }
}
