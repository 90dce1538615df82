import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js'
import type { McpHttpHandler } from '../handler.ts'
import type { McpHandlerRequestOptions } from '../http/fetch-handler.ts'

export const URL_UNDER_TEST = 'http://localhost/mcp'

export const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

type Headers = Record<string, string | undefined>

/** A POST of anything, as JSON unless it is text. */
export function post(body: unknown, headers: Headers = {}, init: RequestInit = {}): Request {
  const present = Object.entries({ 'content-type': 'application/json', ...headers }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return new Request(URL_UNDER_TEST, {
    method: 'POST',
    headers: present,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })
}

export interface ModernCall {
  id?: unknown
  params?: Record<string, unknown>
  meta?: Record<string, unknown>
  headers?: Headers
  init?: RequestInit
}

/** A well-formed 2026-07-28 request, but for what a test changes. */
export function modern(
  method: string,
  { id = 1, params = {}, meta = {}, headers = {}, init }: ModernCall = {},
): Request {
  const name = params.name ?? params.uri
  return post(
    { jsonrpc: '2.0', id, method, params: { ...params, _meta: { ...ENVELOPE, ...meta } } },
    {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' && { 'mcp-name': name }),
      ...headers,
    },
    init,
  )
}

/** A 2025-era request. */
export function legacy(
  method: string,
  params: unknown = {},
  headers: Headers = {},
  id: unknown = 1,
): Request {
  return post({ jsonrpc: '2.0', id, method, params }, headers)
}

/** The JSON of an answer. */
export async function json(answer: Response | Promise<Response>): Promise<any> {
  return (await answer).json()
}

/** Sends a request and reads the JSON of the answer. */
export function ask(
  handler: McpHttpHandler,
  request: Request,
  options?: McpHandlerRequestOptions,
): Promise<any> {
  return json(handler.fetch(request, options))
}

/** Reads a stream frame by frame: messages parsed, comments as text. */
export async function* frames(response: Response): AsyncGenerator<any> {
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) yield parseFrame(part)
  }
}

function parseFrame(frame: string): unknown {
  const data = frame.split('\n').find((line) => line.startsWith('data: '))
  return data === undefined ? frame : JSON.parse(data.slice(6))
}

/** Every message of a stream that ends. */
export async function messages(response: Response): Promise<JSONRPCMessage[]> {
  const all: JSONRPCMessage[] = []
  for await (const frame of frames(response)) if (typeof frame === 'object') all.push(frame)
  return all
}

/** A promise, and what settles it. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
