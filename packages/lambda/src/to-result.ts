import { STATUS_CODES } from 'node:http'
import { hasMultiValues, type Integration, type LambdaHttpEvent } from './event.ts'

/** The result of a Lambda function for an HTTP request, in the form that the event's source expects. */
export interface LambdaHttpResult {
  statusCode: number
  statusDescription?: string
  headers?: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  cookies?: string[]
  body: string
  isBase64Encoded: boolean
}

/** The status and headers of a result. */
export type ResultHead = Omit<LambdaHttpResult, 'body' | 'isBase64Encoded'>

/** Converts a response to a result. Reads the body to its end. */
export async function toResult(
  response: Response,
  event: Partial<LambdaHttpEvent>,
  integration: Integration | undefined,
): Promise<LambdaHttpResult> {
  const bytes = await response.arrayBuffer()
  return { ...toResultHead(response, event, integration), ...encodeBody(bytes, response.headers) }
}

/** Converts the status and headers of a response, for a streamed result. */
export function toResultHead(
  { status, headers }: Response,
  event: Partial<LambdaHttpEvent>,
  integration: Integration | undefined,
): ResultHead {
  const cookies = headers.getSetCookie()
  const single = singleHeaders(headers)
  const multi = Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]]))
  if (cookies.length > 0) multi['set-cookie'] = cookies
  switch (integration) {
    case 'rest-api':
    case 'http-api-1.0':
      return { statusCode: status, multiValueHeaders: multi }
    case 'load-balancer': {
      const described = {
        statusCode: status,
        statusDescription: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
      }
      if (hasMultiValues(event)) return { ...described, multiValueHeaders: multi }
      // Without multi-value headers, a target group accepts one value for each name.
      const [cookie] = cookies.slice(-1)
      return { ...described, headers: cookie ? { ...single, 'set-cookie': cookie } : single }
    }
    default:
      return { statusCode: status, headers: single, ...(cookies.length > 0 && { cookies }) }
  }
}

// Headers about the connection to the client, which the gateway sets. Cookies are handled separately.
const NOT_CARRIED = new Set(['connection', 'content-length', 'keep-alive', 'set-cookie', 'transfer-encoding'])

const singleHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !NOT_CARRIED.has(name)))

const TEXT = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded)|[^;]*\+(json|xml))/i

function encodeBody(
  bytes: ArrayBuffer,
  headers: Headers,
): Pick<LambdaHttpResult, 'body' | 'isBase64Encoded'> {
  const isText = TEXT.test(headers.get('content-type') ?? '') && !headers.has('content-encoding')
  const text = isText || bytes.byteLength === 0 ? decodeUtf8(bytes) : undefined
  return text === undefined
    ? { body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true }
    : { body: text, isBase64Encoded: false }
}

function decodeUtf8(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
