import { STATUS_CODES } from 'node:http'
import { type Front, hasMultiValues, type LambdaHttpEvent } from './event.ts'

/** What a function returns for an HTTP request, in the form that its event calls for. */
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

/** What a response is to the function's caller; its body is read to the end. */
export async function toResult(
  response: Response,
  event: Partial<LambdaHttpEvent>,
  front: Front | undefined,
): Promise<LambdaHttpResult> {
  const bytes = await response.arrayBuffer()
  return { ...toResultHead(response, event, front), ...encoded(bytes, response.headers) }
}

/** The head alone, for what is streamed. */
export function toResultHead(
  { status, headers }: Response,
  event: Partial<LambdaHttpEvent>,
  front: Front | undefined,
): ResultHead {
  const cookies = headers.getSetCookie()
  const single = singleHeaders(headers)
  const multi = Object.fromEntries(Object.entries(single).map(([name, value]) => [name, [value]]))
  if (cookies.length > 0) multi['set-cookie'] = cookies
  switch (front) {
    case 'rest-api':
    case 'http-api-1.0':
      return { statusCode: status, multiValueHeaders: multi }
    case 'load-balancer': {
      const described = {
        statusCode: status,
        statusDescription: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
      }
      if (hasMultiValues(event)) return { ...described, multiValueHeaders: multi }
      // one value a name is all that the target group takes
      const [cookie] = cookies.slice(-1)
      return { ...described, headers: cookie ? { ...single, 'set-cookie': cookie } : single }
    }
    default:
      return { statusCode: status, headers: single, ...(cookies.length > 0 && { cookies }) }
  }
}

// what the connection to the client is, the front decides
const NOT_CARRIED = new Set(['connection', 'content-length', 'keep-alive', 'set-cookie', 'transfer-encoding'])

const singleHeaders = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !NOT_CARRIED.has(name)))

const TEXT = /^(text\/|application\/(json|xml|javascript|x-www-form-urlencoded)|[^;]*\+(json|xml))/i

function encoded(bytes: ArrayBuffer, headers: Headers): Pick<LambdaHttpResult, 'body' | 'isBase64Encoded'> {
  const isText = TEXT.test(headers.get('content-type') ?? '') && !headers.has('content-encoding')
  const text = isText || bytes.byteLength === 0 ? decoded(bytes) : undefined
  return text === undefined
    ? { body: Buffer.from(bytes).toString('base64'), isBase64Encoded: true }
    : { body: text, isBase64Encoded: false }
}

function decoded(bytes: ArrayBuffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
