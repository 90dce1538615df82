import { Refusal } from '@portico-mcp/core'
import { isClosed } from './is-closed.ts'
import { LazyHeaders, readRawHeaders } from './lazy-headers.ts'
import { createLazyProxy } from './lazy-proxy.ts'
import { createBodyStream, hasBody, isBodyRead, readIncoming } from './request-body.ts'
import type { NodeRequest, NodeResponse } from './types.ts'

/** Options of {@link createRequest}. */
export interface CreateRequestOptions {
  /** Whether the request has the body of `req`; `false` if that has been parsed already. @defaultValue true */
  body?: boolean | undefined
}

// `new Request` changes the case of these alone, and refuses `CONNECT`, `TRACE` and `TRACK`.
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'])

/**
 * Creates the `Request` of a request of Node. It reads URL, headers and body from `req` when they are asked for, and
 * creates `signal` and everything that only a real `Request` has at first use. It passes as a `Request` everywhere but
 * in `new Request(request)` and `fetch(request)` from Node 24 on, which takes `request.clone()` there.
 *
 * @param req - A request of `node:http` or `node:http2`, or a mock with method, URL and headers.
 * @param res - Aborts `signal` when it is closed before it is finished.
 * @throws Refusal `invalid-request` (400) for a target, `Host` or method that does not make a `Request`.
 */
export function createRequest(
  req: NodeRequest,
  res?: NodeResponse,
  { body = true }: CreateRequestOptions = {},
): Request {
  try {
    return new LazyRequest(req, res, body) as unknown as Request
  } catch (cause) {
    throw new Refusal('invalid-request', 'The request has no valid URL or method', { cause })
  }
}

class LazyRequest {
  readonly url: string
  readonly method: string
  readonly headers: LazyHeaders
  readonly #req: NodeRequest
  readonly #res: NodeResponse | undefined
  readonly #hasBody: boolean
  #controller: AbortController | undefined
  #isRead = false
  #real: Request | undefined

  constructor(req: NodeRequest, res: NodeResponse | undefined, mayHaveBody: boolean) {
    const { method = 'GET' } = req
    this.url = buildUrl(req)
    this.method = METHODS.has(method) ? method : new Request(this.url, { method }).method
    this.#req = req
    this.#res = res
    const { rawHeaders } = req
    this.headers = new LazyHeaders(
      rawHeaders && req.httpVersionMajor === 1 ? rawHeaders : readRawHeaders(req),
    )
    this.#hasBody = mayHaveBody && this.method !== 'GET' && this.method !== 'HEAD' && hasBody(req)
  }

  // A signal costs about 2 µs, and most requests are answered before it is needed.
  get signal(): AbortSignal {
    this.#controller ??= createController(this.#res)
    return this.#controller.signal
  }

  get bodyUsed(): boolean {
    if (!this.#hasBody) return false
    return this.#isRead || (this.#real ? this.#real.bodyUsed : isBodyRead(this.#req))
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    if (!this.#hasBody) return new ArrayBuffer()
    if (this.#real || this.bodyUsed || this.#req.destroyed) return this.real.arrayBuffer()
    this.#isRead = true
    const bytes = await readIncoming(this.#req)
    // a short chunk of Node is a part of a larger buffer
    const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    return isWhole ? (bytes.buffer as ArrayBuffer) : new Uint8Array(bytes).buffer
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.arrayBuffer())
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  get real(): Request {
    this.#real ??= this.#createReal()
    return this.#real
  }

  #createReal(): Request {
    const { url, method, signal, bodyUsed } = this
    const body = this.#hasBody ? { body: bodyUsed ? '' : createBodyStream(this.#req), duplex: 'half' } : {}
    const real = new Request(url, { method, headers: this.headers.source, signal, ...body } as RequestInit)
    if (bodyUsed) void real.arrayBuffer()
    this.headers.replace(real.headers)
    return real
  }
}

function createController(res: NodeResponse | undefined): AbortController {
  const controller = new AbortController()
  const onclose = (): void => {
    if (!isFinished(res as NodeResponse)) controller.abort()
  }
  if (res && isClosed(res)) onclose()
  else res?.on?.('close', onclose)
  return controller
}

// Responses of HTTP/2 have no `writableFinished`, and their stream is finished as well when the client resets it.
const isFinished = (res: NodeResponse): boolean =>
  'stream' in res ? res.writableEnded : res.writableFinished

// Concatenating a host and a path that match these gives the URL that a parser would.
const isPlainHost = rememberLast(
  /^((?!.*xn--)([a-z0-9_-]+\.)*[a-z][a-z0-9_-]*|((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!:|$)|(?=:|$))){4})(:([1-5]\d{3,4}|[6-9]\d{3}))?$/,
)
const isPlainTarget = rememberLast(/^(?!.*\/\.)\/[\w/.~-]*(\?[\w/.~&=-]*)?$/)

/** Tests a pattern, and remembers the last text that matched: most requests to a server have the same host. */
function rememberLast(pattern: RegExp): (text: string) => boolean {
  let last: string | undefined
  return (text) => {
    if (text === last) return true
    if (!pattern.test(text)) return false
    last = text
    return true
  }
}

/**
 * Builds the absolute URL of a request, of its `originalUrl` if a framework has set one.
 *
 * @throws TypeError for a target or host that does not make a URL of a `Request`.
 */
function buildUrl(req: NodeRequest): string {
  const scheme = req.socket && 'encrypted' in req.socket && req.socket.encrypted ? 'https' : 'http'
  const authority = ('authority' in req ? req.authority : req.headers.host) || 'localhost'
  const target = req.originalUrl ?? req.url ?? '/'
  const origin = `${scheme}://${authority}`
  return isPlainHost(authority) && isPlainTarget(target)
    ? origin + target
    : parseUrl(origin, authority, target)
}

function parseUrl(origin: string, authority: string, target: string): string {
  // Otherwise a Host header could set the path.
  if (/[/?#@\\]/.test(authority)) throw new TypeError('The authority is more than a host')
  // A parser takes it for a slash (WHATWG URL), and other servers do not.
  if (/^[^?#]*\\/.test(target)) throw new TypeError('The path has a backslash')
  // `//` begins a path here, but an authority if it is resolved against the origin.
  const url = target.startsWith('/') ? new URL(origin + target) : new URL(target, origin)
  // A `Request` has no credentials in its URL; who the client is, is for the Authorization header to say.
  url.username = ''
  url.password = ''
  return url.href
}

Object.setPrototypeOf(
  LazyRequest.prototype,
  createLazyProxy(new Request('http://localhost'), (request) => (request as unknown as LazyRequest).real),
)
