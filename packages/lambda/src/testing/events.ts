import { readFileSync } from 'node:fs'
import type { LambdaHttpEvent } from '../event.ts'
import type { LambdaHttpResult } from '../to-result.ts'

/** What a function is invoked with, as recorded for one POST of a `ping`. */
export const recorded = (name: string): any =>
  JSON.parse(readFileSync(new URL(`./events/${name}.json`, import.meta.url), 'utf8'))

/** Every shape of event that a function is invoked with. */
export const SHAPES = [
  'rest-api',
  'http-api',
  'function-url',
  'load-balancer',
  'load-balancer-multi-value',
] as const

export type Shape = (typeof SHAPES)[number]

/** The event that a request becomes, in the shape of the recorded one. */
export async function toEvent(shape: Shape, request: Request): Promise<LambdaHttpEvent> {
  const event = recorded(shape)
  const { pathname, search, searchParams } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  // a REST API for which everything is a binary media type; for others, what is no text
  const bytes = Buffer.from(await request.arrayBuffer())
  const isBase64Encoded = shape === 'rest-api' || !isText(bytes)
  const body = bytes.length === 0 ? null : bytes.toString(isBase64Encoded ? 'base64' : 'utf8')
  const carried = { ...event, body, isBase64Encoded: body !== null && isBase64Encoded }
  switch (shape) {
    case 'rest-api':
      return {
        ...carried,
        httpMethod: request.method,
        path: pathname,
        headers: titled(headers),
        multiValueHeaders: lists(titled(headers)),
        queryStringParameters: Object.fromEntries(searchParams),
        multiValueQueryStringParameters: lists(Object.fromEntries(searchParams)),
      }
    case 'http-api':
    case 'function-url': {
      const { http, stage } = event.requestContext
      const rawPath = shape === 'http-api' ? `/${stage}${pathname}` : pathname
      const requestContext = {
        ...event.requestContext,
        http: { ...http, method: request.method, path: rawPath },
      }
      return {
        ...carried,
        rawPath,
        rawQueryString: search.slice(1),
        cookies: undefined,
        headers,
        requestContext,
      }
    }
    case 'load-balancer':
      return { ...carried, httpMethod: request.method, path: pathname, headers, queryStringParameters: {} }
    case 'load-balancer-multi-value':
      return {
        ...carried,
        httpMethod: request.method,
        path: pathname,
        multiValueHeaders: lists(headers),
        multiValueQueryStringParameters: {},
      }
  }
}

/** The response that a client gets for a result. */
export function toResponse({ statusCode, body, isBase64Encoded, ...head }: LambdaHttpResult): Response {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  return new Response(bytes.length === 0 ? null : bytes, { status: statusCode, headers: headersOf(head) })
}

/** The headers that a client gets. */
export function headersOf({
  headers = {},
  multiValueHeaders = {},
  cookies = [],
}: Partial<LambdaHttpResult>): Headers {
  const all = new Headers(headers)
  for (const [name, values] of Object.entries(multiValueHeaders)) {
    for (const value of values) all.append(name, value)
  }
  for (const cookie of cookies) all.append('set-cookie', cookie)
  return all
}

const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString('utf8')).equals(bytes)

const lists = (fields: Record<string, string>): Record<string, string[]> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]]))

const titled = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
      value,
    ]),
  )
