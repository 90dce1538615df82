import type { Body, Exchange } from '../../src/exchange.ts'
import { dataOf } from '../protocol/event-frames.ts'

/** The parts of an exchange's messages that the page shows. */
export interface Reading {
  method: string
  name?: string
  era: '2026' | '2025' | undefined
  version?: string
  client?: string | undefined
  isError: boolean
  request: unknown
  /** The messages of the response. */
  messages: unknown[]
}

const META = 'io.modelcontextprotocol/'

const readings = new WeakMap<Exchange, Reading>()

/** Reads the bodies of an exchange, once. */
export function readExchange(exchange: Exchange): Reading {
  const known = readings.get(exchange)
  if (known) return known
  const reading = read(exchange)
  readings.set(exchange, reading)
  return reading
}

function read(exchange: Exchange): Reading {
  const request = parse(exchange.request)
  const [first] = [request].flat() as any[]
  const params = first?.params ?? {}
  const meta = params._meta ?? {}
  const version =
    meta[`${META}protocolVersion`] ?? exchange.headers['mcp-protocol-version'] ?? params.protocolVersion
  const client = meta[`${META}clientInfo`] ?? params.clientInfo
  const messages = messagesOf(exchange)
  return {
    method: methodOf(exchange, request, first),
    ...nameOf(exchange, params),
    era: eraOf(exchange, version, first),
    ...(typeof version === 'string' && { version }),
    ...(client?.name && { client: String(client.name) }),
    isError:
      (exchange.status ?? 0) >= 400 ||
      exchange.outcome === 'broken' ||
      messages.some((message: any) => message?.error || message?.result?.isError),
    request,
    messages,
  }
}

function methodOf({ headers, method, path }: Exchange, request: unknown, first: any): string {
  if (Array.isArray(request) && request.length > 1) return `batch of ${request.length}`
  const named = first?.method ?? headers['mcp-method']
  if (typeof named === 'string') return named
  if (first?.result !== undefined || first?.error !== undefined) return 'reply'
  if (method === 'GET' && headers.accept?.includes('text/event-stream')) return 'stream'
  return method === 'DELETE' ? 'end of session' : path
}

function nameOf({ headers }: Exchange, params: any): { name?: string } {
  const name = params.name ?? params.uri ?? headers['mcp-name']
  return typeof name === 'string' ? { name } : {}
}

function eraOf({ method, headers }: Exchange, version: unknown, first: any): Reading['era'] {
  if (typeof version === 'string') return version >= '2026' ? '2026' : '2025'
  return first?.jsonrpc || (method !== 'POST' && headers.accept?.includes('text/event-stream'))
    ? '2025'
    : undefined
}

const messagesOf = ({ response, responseHeaders }: Exchange): unknown[] =>
  readMessages(response.text, responseHeaders['content-type']?.startsWith('text/event-stream') === true)

/** Reads the JSON-RPC messages of a body. What is not JSON is left out. */
export function readMessages(text: string, isStream: boolean): unknown[] {
  if (!isStream) {
    const message = parse({ text })
    return message === undefined ? [] : [message].flat()
  }
  const frames = text.split(/\r\n\r\n|\n\n|\r\r/).map(dataOf)
  return frames.filter(Boolean).flatMap((data) => parse({ text: data }) ?? [])
}

function parse({ text }: Pick<Body, 'text'>): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
