type Fields<Value> = Readonly<Record<string, Value | undefined>> | null

/**
 * The event of an HTTP request from a REST API, an HTTP API (payload format 1.0 or 2.0), a function URL, or an
 * Application Load Balancer. The event types of `@types/aws-lambda` are assignable to it.
 */
export interface LambdaHttpEvent {
  version?: string
  httpMethod?: string
  path?: string
  rawPath?: string
  rawQueryString?: string
  headers?: Fields<string>
  multiValueHeaders?: Fields<string[]>
  queryStringParameters?: Fields<string>
  multiValueQueryStringParameters?: Fields<string[]>
  cookies?: readonly string[]
  /** Text, or base64 where {@link isBase64Encoded} is set. Bytes and parsed JSON are accepted too. */
  body?: string | object | null
  isBase64Encoded?: boolean
  requestContext: LambdaRequestContext
}

/** The `requestContext` of an event: the stage, the client and its identity. */
export interface LambdaRequestContext {
  stage?: string
  domainName?: string
  /** Set by a load balancer. */
  elb?: object
  /** Set in payload format 2.0. */
  http?: { method?: string; sourceIp?: string }
  /** Set by a REST API. */
  identity?: object | null
  /** The result of an authorizer. */
  authorizer?: object | null
}

/** The source of an event. `http-api` is an HTTP API with payload format 2.0, its default. */
export type Integration = 'rest-api' | 'http-api-1.0' | 'http-api' | 'function-url' | 'load-balancer'

/** Detects the source of an event. Returns undefined if the event is not an HTTP request. */
export function detectIntegration(event: unknown): Integration | undefined {
  const { requestContext, httpMethod, version } = (event ?? {}) as Partial<LambdaHttpEvent>
  if (typeof requestContext !== 'object' || requestContext === null) return undefined
  const { elb, http, domainName } = requestContext
  if (typeof http?.method === 'string') {
    return typeof domainName === 'string' && domainName.includes('.lambda-url.') ? 'function-url' : 'http-api'
  }
  if (typeof httpMethod !== 'string') return undefined
  if (elb) return 'load-balancer'
  return version === '1.0' ? 'http-api-1.0' : 'rest-api'
}

/**
 * Reads the IP address of the client, as the gateway or load balancer saw it.
 *
 * @param headers - The headers of the event. A load balancer appends the address to `X-Forwarded-For`.
 */
export function readClientAddress({ requestContext }: LambdaHttpEvent, headers: Headers): string | undefined {
  const { http, identity, elb } = requestContext
  if (!elb) return http?.sourceIp ?? (identity as { sourceIp?: string } | null)?.sourceIp
  const forwarded = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  // A load balancer can be configured to append the port too.
  return forwarded?.replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')
}

/**
 * Builds the headers of the request.
 *
 * @throws TypeError if a name or a value is not allowed in a header.
 */
export function buildHeaders({ headers, multiValueHeaders, cookies }: LambdaHttpEvent): Headers {
  const all = new Headers()
  const fields = mergeFields(multiValueHeaders, headers, (name) => name.toLowerCase())
  for (const [name, value] of fields) all.append(name, value)
  // Payload format 2.0 has cookies in their own list.
  if (cookies?.length) all.set('cookie', cookies.join('; '))
  return all
}

/**
 * Merges the multi-value and the single-value map of an event. Values of the multi-value map take precedence. A test
 * event may leave it, or a list in it, empty and have the value in the other map only.
 *
 * @param toKey - What names are compared by.
 */
export function mergeFields(
  lists: Fields<string[]> | undefined,
  singles: Fields<string> | undefined,
  toKey = (name: string): string => name,
): [name: string, value: string][] {
  const listed = listPairs(lists)
  const names = new Set(listed.map(([name]) => toKey(name)))
  return [...listed, ...listPairs(singles).filter(([name]) => !names.has(toKey(name)))]
}

const listPairs = (fields: Fields<string | string[]> | undefined): [string, string][] =>
  Object.entries(fields ?? {}).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  )

/** Whether a load balancer has multi-value headers enabled, for the event and for the result. */
export const hasMultiValues = ({ headers, multiValueHeaders }: Partial<LambdaHttpEvent>): boolean =>
  Boolean(multiValueHeaders) && (!headers || listPairs(multiValueHeaders).length > 0)
