import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  request as send,
} from 'node:http'
import { Readable } from 'node:stream'
import { type FetchHandler, type McpHandlerRequestOptions, REQUEST_OPTIONS } from '@portico-mcp/core'
import { connectInMemory, type End } from './in-memory-connection.ts'

/** Has an app answer requests, each on a connection of its own that is no socket. */
export function askApp(listener: (...args: Parameters<RequestListener>) => unknown): FetchHandler {
  const server = createServer((req, res) => {
    Object.assign(req, { [REQUEST_OPTIONS]: (req.socket as unknown as Called).options })
    listener(req, res)
  })
  return {
    async fetch(request, options = {}) {
      const [near, far] = connectInMemory()
      const called: Called = Object.assign(far, { options, remoteAddress: options.clientAddress })
      server.emit('connection', called)
      return toResponse(await answerTo(request, near))
    },
  }
}

/** The app's end of a connection. */
type Called = End & { options: McpHandlerRequestOptions; remoteAddress: string | undefined }

async function answerTo(request: Request, near: End): Promise<IncomingMessage> {
  const { method, url, signal } = request
  const { host, pathname, search } = new URL(url)
  const body = Buffer.from(await request.arrayBuffer())
  const headers: OutgoingHttpHeaders = { host, ...Object.fromEntries(request.headers) }
  const sent = send({ createConnection: () => near, method, path: pathname + search, headers, signal })
  sent.end(body)
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  } catch (error) {
    // it says why the request was given up
    throw signal.aborted ? signal.reason : error
  }
}

const WITHOUT_BODY = new Set([204, 205, 304])

function toResponse(answer: IncomingMessage): Response {
  const { statusCode: status = 500, rawHeaders } = answer
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  if (WITHOUT_BODY.has(status)) answer.resume()
  const body = WITHOUT_BODY.has(status)
    ? null
    : (Readable.toWeb(answer) as ReadableStream<Uint8Array<ArrayBuffer>>)
  return new Response(body, { status, headers })
}
