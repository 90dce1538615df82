import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
  request as send,
} from 'node:http'
import { type FetchHandler, type McpHandlerRequestOptions, REQUEST_OPTIONS, Refusal } from '@portico-mcp/core'
import { type ConnectionEnd, connectInMemory } from './in-memory-connection.ts'

/** Creates a handler that passes requests to an app, each on its own in-memory connection. */
export function serveWithApp(listener: (...args: Parameters<RequestListener>) => unknown): FetchHandler {
  const server = createServer((req, res) => {
    Object.assign(req, { [REQUEST_OPTIONS]: (req.socket as unknown as AppConnection).options })
    listener(req, res)
  })
  // Node drops headers beyond 2,000 without a word. Their size is limited in any case.
  server.maxHeadersCount = 0
  return {
    async fetch(request, options = {}) {
      const [near, far] = connectInMemory()
      const called: AppConnection = Object.assign(far, { options, remoteAddress: options.clientAddress })
      const body = Buffer.from(await request.arrayBuffer())
      const sent = openRequest(request, near)
      server.emit('connection', called)
      try {
        return await readAnswer(sent, body)
      } catch (error) {
        // The reason of the signal says why the request was given up.
        throw request.signal.aborted ? request.signal.reason : error
      }
    },
  }
}

/** The server's end of an in-memory connection. */
type AppConnection = ConnectionEnd & { options: McpHandlerRequestOptions; remoteAddress: string | undefined }

// Only requests are limited to the 16 kB of Node's parser. An answer may have as much as Lambda takes.
const MAX_ANSWER_HEAD_BYTES = 6 * 1024 * 1024

function openRequest({ method, url, headers, signal }: Request, near: ConnectionEnd): ClientRequest {
  const { host, pathname, search } = new URL(url)
  const fields: OutgoingHttpHeaders = { host, ...Object.fromEntries(headers) }
  try {
    const sent = send({
      createConnection: () => near,
      method,
      path: pathname + search,
      headers: fields,
      signal,
      maxHeaderSize: MAX_ANSWER_HEAD_BYTES,
    })
    sent.maxHeadersCount = 0
    return sent
  } catch (cause) {
    throw new Refusal('invalid-request', 'The request has a header that HTTP/1.1 does not allow', { cause })
  }
}

const readAnswer = (sent: ClientRequest, body: Buffer): Promise<Response> =>
  new Promise((resolve, reject) => {
    // The answer is read from the event on: its connection may be closed before the next microtask.
    sent.once('response', (answer) => resolve(toResponse(answer)))
    sent.on('error', reject)
    sent.once('close', () => reject(new Error('The app closed the connection without an answer')))
    sent.end(body)
  })

const WITHOUT_BODY = new Set([204, 205, 304])

async function toResponse(answer: IncomingMessage): Promise<Response> {
  const body = Buffer.concat(await answer.toArray())
  const { statusCode: status = 500, rawHeaders } = answer
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)
  return new Response(WITHOUT_BODY.has(status) ? null : body, { status, headers })
}
