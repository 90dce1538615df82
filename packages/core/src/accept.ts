/** The response types that a request's `Accept` header allows (RFC 9110 §12.5.1). */
export interface Accepted {
  json: boolean
  sse: boolean
}

const JSON_TYPE = 'application/json'
const SSE_TYPE = 'text/event-stream'

export function readAccept(header: string | null): Accepted {
  if (header === null || header.trim() === '') return { json: true, sse: true }
  const ranges = readRanges(header)
  return { json: allows(ranges, JSON_TYPE), sse: allows(ranges, SSE_TYPE) }
}

/** Whether both types are named outright, as 2026-07-28 asks of clients. */
export function namesBoth(header: string | null): boolean {
  const ranges = readRanges(header ?? '')
  return (ranges.get(JSON_TYPE) ?? 0) > 0 && (ranges.get(SSE_TYPE) ?? 0) > 0
}

function readRanges(header: string): Map<string, number> {
  const ranges = new Map<string, number>()
  for (const item of header.split(',')) {
    const [range = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    ranges.set(range, quality(parameters))
  }
  return ranges
}

function quality(parameters: string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='))
  if (q === undefined) return 1
  const value = Number(q.slice(2))
  return Number.isNaN(value) ? 1 : value
}

// the most specific range that matches decides
function allows(ranges: Map<string, number>, type: string): boolean {
  const wildcard = `${type.slice(0, type.indexOf('/'))}/*`
  return (ranges.get(type) ?? ranges.get(wildcard) ?? ranges.get('*/*') ?? 0) > 0
}
