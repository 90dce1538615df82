import type { Body, Exchange } from '../../src/exchange.ts'
import { isObject } from '../schema.ts'
import { VERSION } from '../version.ts'

const MAX_IMPORTED = 5000

/** Writes exchanges so that `readFile` reads them again. */
export const toJson = (exchanges: readonly Exchange[]): string =>
  JSON.stringify({ format: 'portico-traffic', version: 1, exchanges }, null, 2)

/** Writes exchanges as an HTTP Archive (HAR 1.2). */
export function toHar(exchanges: readonly Exchange[]): string {
  const creator = { name: 'Portico dashboard', version: VERSION }
  return JSON.stringify({ log: { version: '1.2', creator, entries: exchanges.map(toEntry) } }, null, 2)
}

/** Reads a file that was exported here, or an HTTP Archive. */
export function readFile(text: string): Exchange[] {
  const file: unknown = JSON.parse(text)
  const { exchanges, log } = isObject(file) ? file : {}
  const found = Array.isArray(exchanges) ? exchanges : isObject(log) ? log.entries : undefined
  if (!Array.isArray(found)) throw new Error('The file is neither exported traffic nor a HAR')
  const read = Array.isArray(exchanges) ? readRow : readEntry
  return found.slice(0, MAX_IMPORTED).filter(isObject).map(read)
}

function toEntry(exchange: Exchange): object {
  const { startedAt, method, path, headers, request, status, responseHeaders, response } = exchange
  const { durationMs = 0, bodyReadMs = 0, respondedMs = durationMs } = exchange
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time: durationMs,
    request: {
      method,
      url: new URL(path, location.href).href,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: toPairs(headers),
      queryString: [],
      headersSize: -1,
      bodySize: request.size,
      ...(request.text && { postData: { mimeType: headers['content-type'] ?? '', text: request.text } }),
    },
    response: {
      status: status ?? 0,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: toPairs(responseHeaders),
      content: {
        size: response.size,
        mimeType: responseHeaders['content-type'] ?? '',
        text: response.text,
      },
      redirectURL: '',
      headersSize: -1,
      bodySize: response.size,
    },
    cache: {},
    timings: {
      send: bodyReadMs,
      wait: Math.max(0, respondedMs - bodyReadMs),
      receive: Math.max(0, durationMs - respondedMs),
    },
  }
}

function readEntry(entry: Record<string, any>, index: number): Exchange {
  const { request = {}, response = {}, timings = {} } = entry
  return readRow(
    {
      startedAt: Date.parse(entry.startedDateTime),
      method: request.method,
      path: URL.canParse(request.url) ? new URL(request.url).pathname : request.url,
      headers: toRecord(request.headers),
      request: { text: request.postData?.text },
      status: response.status || undefined,
      responseHeaders: toRecord(response.headers),
      response: { text: response.content?.text },
      durationMs: entry.time,
      bodyReadMs: timings.send,
      respondedMs: Number(timings.send) + Number(timings.wait),
    },
    index,
  )
}

/** Reads what a file says of one exchange. Nothing in it is trusted. */
function readRow(row: Record<string, any>, index: number): Exchange {
  const numbers = ['status', 'durationMs', 'bodyReadMs', 'respondedMs'].flatMap((name) =>
    Number.isFinite(row[name]) ? [[name, row[name]]] : [],
  )
  return {
    id: index + 1,
    startedAt: Number.isFinite(row.startedAt) ? row.startedAt : 0,
    method: String(row.method ?? ''),
    path: String(row.path ?? ''),
    ...(typeof row.session === 'string' && { session: row.session }),
    headers: readHeaders(row.headers),
    request: readBody(row.request),
    responseHeaders: readHeaders(row.responseHeaders),
    response: readBody(row.response),
    outcome: ['open', 'left', 'broken'].includes(row.outcome) ? row.outcome : 'done',
    ...Object.fromEntries(numbers),
  }
}

function readBody(body: unknown): Body {
  const { text, size, isCut } = isObject(body) ? body : {}
  const words = typeof text === 'string' ? text : ''
  return { text: words, size: Number.isFinite(size) ? size : words.length, isCut: isCut === true }
}

const readHeaders = (headers: unknown): Record<string, string> =>
  isObject(headers)
    ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    : {}

const toPairs = (headers: Record<string, string>): object[] =>
  Object.entries(headers).map(([name, value]) => ({ name, value }))

const toRecord = (pairs: unknown): Record<string, string> =>
  Object.fromEntries(
    (Array.isArray(pairs) ? pairs : []).map(({ name, value }) => [String(name), String(value)]),
  )
