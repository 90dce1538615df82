import { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { bytesOf } from './body-stream.ts'
import { standInFor } from './stand-in.ts'
import type { NodeRequest, NodeResponse } from './to-node-handler.ts'
import { together } from './together.ts'

// whatever else there is takes a parser of URLs to tell
const isPlainHost = rememberingLast(/^[a-z0-9][a-z0-9._-]*(:([1-5]\d{3,4}|[6-9]\d{3}))?$/)
const isPlainTarget = rememberingLast(/^(?!.*\/\.)\/[\w/.~-]*(\?[\w/.~&=-]*)?$/)
const LENGTH = /^[1-9]\d*$/

/**
 * The request that a POST with a known length is, whose headers and body are read where Node has them; asked
 * for more than that, it becomes a real one. Undefined for any other.
 */
export function lightRequest(req: NodeRequest, res: NodeResponse): Request | undefined {
  if (!(req instanceof IncomingMessage && res instanceof ServerResponse) || 'rawBody' in req) return undefined
  const { method, url = '', headers } = req
  const isPlain =
    method === 'POST' &&
    LENGTH.test(headers['content-length'] ?? '') &&
    isPlainHost(headers.host ?? '') &&
    isPlainTarget(url)
  return isPlain ? (new LightRequest(req, res) as unknown as Request) : undefined
}

// most requests to a server name the same
function rememberingLast(pattern: RegExp): (text: string) => boolean {
  let last: string | undefined
  return (text) => {
    if (text === last) return true
    if (!pattern.test(text)) return false
    last = text
    return true
  }
}

class LightRequest {
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  #headers: Headers | undefined
  #controller: AbortController | undefined
  #isRead = false
  #real: Request | undefined

  constructor(req: IncomingMessage, res: ServerResponse) {
    this.#req = req
    this.#res = res
  }

  get method(): string {
    return 'POST'
  }

  get url(): string {
    const { socket, headers, url } = this.#req
    return `${'encrypted' in socket && socket.encrypted ? 'https' : 'http'}://${headers.host}${url}`
  }

  get headers(): Headers {
    this.#headers ??= new LightHeaders(this.#req.rawHeaders) as unknown as Headers
    return this.#headers
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#watch(new AbortController())
    return this.#controller.signal
  }

  get bodyUsed(): boolean {
    return this.#isRead || (this.#real?.bodyUsed ?? this.#req.readableDidRead)
  }

  async bytes(): Promise<Uint8Array> {
    const { destroyed, readableDidRead } = this.#req
    if (this.#real || this.#isRead || destroyed || readableDidRead) {
      return new Uint8Array(await this.real.arrayBuffer())
    }
    this.#isRead = true
    return read(this.#req)
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(await this.bytes()).buffer
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  get real(): Request {
    this.#real ??= this.#materialize()
    return this.#real
  }

  #materialize(): Request {
    const { url, method, signal } = this
    const body = this.#isRead ? '' : (Readable.toWeb(this.#req) as ReadableStream)
    const headers = headersOf(this.#req.rawHeaders)
    const real = new Request(url, { method, headers, signal, body, duplex: 'half' } as RequestInit)
    if (this.#isRead) void real.arrayBuffer()
    return real
  }

  #watch(controller: AbortController): AbortController {
    const res = this.#res
    const onclose = (): void => {
      if (!res.writableFinished) controller.abort('Client connection prematurely closed.')
    }
    if (res.destroyed) onclose()
    else res.on('close', onclose)
    return controller
  }
}

function read(req: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer | string) => chunks.push(bytesOf(chunk, req)))
    req.on('end', () =>
      together(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks))),
    )
    req.on('error', reject)
  })
}

class LightHeaders {
  readonly #raw: readonly string[]
  #real: Headers | undefined

  constructor(raw: readonly string[]) {
    this.#raw = raw
  }

  get(name: string): string | null {
    if (this.#real) return this.#real.get(name)
    const raw = this.#raw
    let found: string | undefined
    let lower: string | undefined
    for (let index = 0; index < raw.length; index += 2) {
      const other = raw[index] as string
      if (other.length !== name.length) continue
      lower ??= name.toLowerCase()
      if (other !== lower && other.toLowerCase() !== lower) continue
      // the platform knows how to join them
      if (found !== undefined) return this.real.get(name)
      found = raw[index + 1]
    }
    return found ?? null
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  get real(): Headers {
    this.#real ??= headersOf(this.#raw)
    return this.#real
  }
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers()
  for (let index = 0; index < raw.length; index += 2)
    headers.append(raw[index] as string, raw[index + 1] as string)
  return headers
}

type StandIn<T> = { real: T }

const realOf = <T>(standIn: T): T => (standIn as StandIn<T>).real

Object.setPrototypeOf(LightRequest.prototype, standInFor(Request.prototype, realOf))
Object.setPrototypeOf(LightHeaders.prototype, standInFor(Headers.prototype, realOf))
