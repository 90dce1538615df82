import { recorded } from './events.ts'

/** Every kind of event that stands for an HTTP request. */
export const KINDS = [
  'rest-api',
  'http-api-1.0',
  'http-api',
  'function-url',
  'load-balancer',
  'load-balancer-multi-value',
] as const

export type Kind = (typeof KINDS)[number]

/** What the client of {@link eventOf} sent. */
export interface Sent {
  method?: string
  /** Replaces the recorded headers, apart from those that name the host. */
  headers?: Record<string, string>
  body?: unknown
  isBase64Encoded?: boolean
}

/** An event of a kind, with the method, the headers and the body of a request. */
export function eventOf(kind: Kind, { method = 'POST', headers = {}, body, ...rest }: Sent): any {
  const event = kind === 'http-api-1.0' ? { ...recorded('rest-api'), version: '1.0' } : recorded(kind)
  const { http } = event.requestContext
  const sent = { host: 'mcp.example.com', ...headers }
  const lists = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]]))
  return {
    ...event,
    isBase64Encoded: false,
    cookies: undefined,
    ...rest,
    body,
    headers: event.headers && sent,
    multiValueHeaders: event.multiValueHeaders && lists,
    ...(http
      ? { requestContext: { ...event.requestContext, http: { ...http, method } } }
      : { httpMethod: method }),
  }
}

/** A context whose time is only a guard: an invocation that is held ends with 504. */
export const guard = { getRemainingTimeInMillis: () => 20_000 }
