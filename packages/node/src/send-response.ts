import { type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Http2ServerResponse } from 'node:http2'
import { setImmediate } from 'node:timers'
import { errorResponse } from '@portico-mcp/core'
import { closeAfterPartialBody, logFailure, reporter } from '@portico-mcp/core/internal'
import { discardRest, limitRest } from './discard-incoming.ts'
import { LazyResponse, toNodeHeaders } from './lazy-response.ts'
import type { NodeRequest, NodeResponse } from './types.ts'

type Report = (error: unknown) => void

const reportFailure: Report = reporter(logFailure)

/** The members of a `ServerResponse` that mocks have too. */
interface Target {
  readonly headersSent?: boolean
  readonly destroyed?: boolean
  writeHead(status: number, headers: object): unknown
  write(chunk: Uint8Array): unknown
  end(): unknown
  flushHeaders?(): unknown
  destroy?(): unknown
  on?(event: string, listener: () => void): unknown
  once?(event: string, listener: () => void): unknown
  off?(event: string, listener: () => void): unknown
}

/**
 * Sends a response, and discards what is left of the request's body within limits.
 *
 * @param report - Is called with the error of a body that fails. The client gets 500, or a closed connection if the
 *   response has begun. @defaultValue `console.error` for failures
 */
export function sendResponse(
  response: Response,
  req: NodeRequest,
  res: NodeResponse,
  report: Report = reportFailure,
): Promise<void> | undefined {
  const rest = req.complete ? undefined : discardRest(req)
  return rest ? rest.then(() => send(response, req, res, report)) : send(response, req, res, report)
}

function send(
  response: Response,
  req: NodeRequest,
  res: NodeResponse,
  report: Report,
): Promise<void> | undefined {
  if (!req.complete && res instanceof ServerResponse) {
    closeAfterPartialBody(req, res)
    limitRest(req, res)
  }
  const isNative = res instanceof ServerResponse || res instanceof Http2ServerResponse
  try {
    if (isNative && response instanceof LazyResponse && response.writeTo(res)) return undefined
  } catch (error) {
    // something else has sent a response already, such as a timeout in front
    report(error)
    res.destroy()
    return undefined
  }
  return write(response, req.method === 'HEAD', res as unknown as Target, report)
}

async function write(response: Response, isHead: boolean, res: Target, report: Report): Promise<void> {
  try {
    const head = { status: response.status, headers: toNodeHeaders(response.headers) }
    const { body } = response
    if (body && !isHead && !res.destroyed) return await writeBody(body.getReader(), head, res)
    body?.cancel().catch(() => {})
    writeHead(head, res, isHead ? undefined : 0)
    res.end()
  } catch (error) {
    // The reader of a client that has left ends without an error.
    report(error)
    if (res.headersSent) res.destroy?.()
    else await write(errorResponse(error), isHead, res, report)
  }
}

interface Head {
  status: number
  headers: OutgoingHttpHeaders
}

const WITHOUT_BODY = new Set([204, 304])

function writeHead({ status, headers }: Head, res: Target, length: number | undefined): void {
  const isKnown = length === undefined || 'content-length' in headers || WITHOUT_BODY.has(status)
  res.writeHead(status, isKnown ? headers : { ...headers, 'content-length': length })
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function writeBody(reader: Reader, head: Head, res: Target): Promise<void> {
  let isClosed = false
  res.on?.('close', () => {
    isClosed = true
    reader.cancel().catch(() => {})
  })
  const { chunks, next } = await readAvailable(reader)
  if (isClosed) return
  if (next) {
    writeHead(head, res, undefined)
    res.flushHeaders?.()
  } else {
    writeHead(
      head,
      res,
      chunks.reduce((length, chunk) => length + chunk.byteLength, 0),
    )
  }
  for (const chunk of chunks) await writeChunk(chunk, res)
  for (let read = await next; read && !read.done; read = await reader.read()) {
    await writeChunk(read.value, res)
  }
  res.end()
}

/** Chunks that are there without waiting; a response that ends with them gets a length. */
async function readAvailable(
  reader: Reader,
): Promise<{ chunks: Uint8Array[]; next?: ReturnType<Reader['read']> }> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = reader.read()
    // A body that fails after its first chunk has begun: the client must see that it is cut.
    const available = chunks.length === 0 ? next : next.catch(() => undefined)
    const read = await Promise.race([available, turn()])
    if (!read || chunks.length === MAX_AVAILABLE) return { chunks, next }
    if (read.done) return { chunks }
    chunks.push(read.value)
  }
}

const MAX_AVAILABLE = 2

const turn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined))

async function writeChunk(chunk: Uint8Array, res: Target): Promise<void> {
  if (res.write(chunk) !== false || !res.once) return
  await new Promise<void>((resolve) => {
    const go = (): void => {
      res.off?.('drain', go)
      res.off?.('close', go)
      resolve()
    }
    res.once?.('drain', go)
    res.once?.('close', go)
  })
}
