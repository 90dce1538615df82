import { eventFrames } from './event-frames.ts'
import { place } from './place.ts'

// the own client: the official one is 324 kB, this and signing in are a few
export const VERSION = '2026-07-28'
export const CLIENT_NAME = 'portico-dashboard'

const META = 'io.modelcontextprotocol/'

const capabilities = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: {},
}

export interface RpcError {
  code: number
  message: string
  data?: unknown
}

export interface Notification {
  method: string
  params?: any
}

/** What came of a request. */
export interface Reply {
  status: number
  result?: any
  error?: RpcError
}

export interface RequestOptions {
  token?: string | undefined
  signal?: AbortSignal
  /** Arguments that are repeated in headers. */
  headers?: Record<string, string>
  progressToken?: string
  logLevel?: string
  onnotification?: (notification: Notification) => void
}

/** The server wants to know who is there. */
export class Unauthorized extends Error {
  readonly status: number
  readonly challenge: string

  constructor(status: number, challenge: string) {
    super(status === 401 ? 'The server asks for a token' : 'The token does not allow this')
    this.status = status
    this.challenge = challenge
  }
}

let count = 0

/** Sends one request of 2026-07-28, and reads what comes until its reply. */
export async function send(method: string, params: object, options: RequestOptions = {}): Promise<Reply> {
  count += 1
  const id = `dashboard-${count}`
  const { token, signal, headers, progressToken, logLevel, onnotification } = options
  const _meta = {
    [`${META}protocolVersion`]: VERSION,
    [`${META}clientInfo`]: { name: CLIENT_NAME, title: 'Portico dashboard', version: '0.1.0' },
    [`${META}clientCapabilities`]: capabilities,
    ...(progressToken !== undefined && { progressToken }),
    ...(logLevel && { [`${META}logLevel`]: logLevel }),
  }
  const response = await fetch(place.endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      ...nameHeader(params),
      ...headers,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } }),
    signal: signal ?? null,
  })
  const { status } = response
  const challenge = response.headers.get('www-authenticate')
  if (status === 401 || (status === 403 && challenge)) throw new Unauthorized(status, challenge ?? '')
  if (response.body && response.headers.get('content-type')?.startsWith('text/event-stream')) {
    for await (const data of eventFrames(response.body)) {
      const message = JSON.parse(data)
      if (message.id === id && !message.method) return { status, ...replyOf(message) }
      if (message.method) onnotification?.(message)
    }
    throw new Error('The stream ended before its reply')
  }
  return { status, ...replyOf(await readJson(response)) }
}

async function readJson(response: Response): Promise<any> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`HTTP ${response.status}: ${text.slice(0, 200) || 'an empty answer'}`)
  }
}

const replyOf = ({ result, error }: Reply): Pick<Reply, 'result' | 'error'> =>
  result === undefined && error === undefined
    ? { error: { code: 0, message: 'The answer is neither a result nor an error' } }
    : { ...(result !== undefined && { result }), ...(error !== undefined && { error }) }

function nameHeader(params: { name?: unknown; uri?: unknown }): Record<string, string> {
  const name = params.name ?? params.uri
  return typeof name === 'string' ? { 'mcp-name': headerValue(name) } : {}
}

/** A value as a header can carry it. */
export function headerValue(value: string): string {
  const isPlain =
    /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !/^=\?base64\?.*\?=$/s.test(value)
  if (isPlain) return value
  const binary = Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join('')
  return `=?base64?${btoa(binary)}?=`
}

/** Headers of the arguments that a tool's schema wants repeated (`x-mcp-header`). */
export function paramHeaders(schema: any, args: any): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, property] of Object.entries<any>(schema?.properties ?? {})) {
    const value = args?.[name]
    if (value === undefined || value === null) continue
    const header = property?.['x-mcp-header']
    if (typeof header === 'string') headers[`mcp-param-${header}`] = headerValue(String(value))
    else if (typeof value === 'object') Object.assign(headers, paramHeaders(property, value))
  }
  return headers
}
