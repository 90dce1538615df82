type Fields<Value> = Readonly<Record<string, Value | undefined>> | null

/**
 * An HTTP request as Lambda is invoked with it: by a REST API, an HTTP API (payload 1.0 or 2.0), a function
 * URL, or an Application Load Balancer. What `@types/aws-lambda` describes is one.
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

/** What stands in front of the function says of the request, its client and its identity. */
export interface LambdaRequestContext {
  stage?: string
  domainName?: string
  /** Of a load balancer. */
  elb?: object
  /** Of payload 2.0. */
  http?: { method?: string; sourceIp?: string }
  /** Of a REST API. */
  identity?: object | null
  /** What an authorizer found. */
  authorizer?: object | null
}

/** What may stand in front of a function; an HTTP API sends payload 2.0 unless told otherwise. */
export type Front = 'rest-api' | 'http-api-1.0' | 'http-api' | 'function-url' | 'load-balancer'

/** What an event came from; undefined for one that is no HTTP request. */
export function frontOf(event: unknown): Front | undefined {
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
 * The IP address that called what stands in front of the function.
 *
 * @param headers - Those of the event: a load balancer appends the address to `X-Forwarded-For`.
 */
export function clientAddressOf({ requestContext }: LambdaHttpEvent, headers: Headers): string | undefined {
  const { http, identity, elb } = requestContext
  if (!elb) return http?.sourceIp ?? (identity as { sourceIp?: string } | null)?.sourceIp
  const forwarded = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  // perhaps with its port
  return forwarded?.replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, '$1$3')
}

/**
 * The headers of the request.
 *
 * @throws TypeError for a name or a value that no header can have.
 */
export function headersOf({ headers, multiValueHeaders, cookies }: LambdaHttpEvent): Headers {
  const all = new Headers()
  const fields = mergeFields(multiValueHeaders, headers, (name) => name.toLowerCase())
  for (const [name, value] of fields) all.append(name, value)
  // payload 2.0 keeps them apart
  if (cookies?.length) all.set('cookie', cookies.join('; '))
  return all
}

/**
 * The names and values of both maps of an event. The map of lists goes first; a test event may leave it, or a list
 * in it, empty and name the value in the other map alone.
 *
 * @param keyOf - What names are compared by.
 */
export function mergeFields(
  lists: Fields<string[]> | undefined,
  singles: Fields<string> | undefined,
  keyOf = (name: string): string => name,
): [name: string, value: string][] {
  const listed = pairsOf(lists)
  const names = new Set(listed.map(([name]) => keyOf(name)))
  return [...listed, ...pairsOf(singles).filter(([name]) => !names.has(keyOf(name)))]
}

const pairsOf = (fields: Fields<string | string[]> | undefined): [string, string][] =>
  Object.entries(fields ?? {}).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, value]),
  )

/** Whether a load balancer sent lists of values, and takes such. */
export const hasMultiValues = ({ headers, multiValueHeaders }: Partial<LambdaHttpEvent>): boolean =>
  Boolean(multiValueHeaders) && (!headers || pairsOf(multiValueHeaders).length > 0)
