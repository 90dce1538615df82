import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { FetchHandler } from '@portico-mcp/core'
import type { LambdaHttpEvent, LambdaHttpResult } from '@portico-mcp/lambda'
import type { LambdaFunctionURLEvent } from 'aws-lambda'
import lambdaLocal from 'lambda-local'

const TIMEOUT_MS = 60_000

/** A result as lambda-local hands it out: a streamed one has its body to read. */
type LocalResult = Omit<LambdaHttpResult, 'body'> & { body: string | Readable }

/** A function URL on this machine: it invokes a function in lambda-local for each request. */
export function functionUrl(name: 'streaming' | 'buffered'): FetchHandler {
  const lambdaPath = fileURLToPath(new URL(`${name}.js`, import.meta.url))
  return {
    async fetch(request, { clientAddress = '127.0.0.1' } = {}) {
      const event = await toEvent(request, clientAddress)
      const options = { event, lambdaPath, esm: true, timeoutMs: TIMEOUT_MS, verboseLevel: -1 }
      return toResponse((await lambdaLocal.execute(options)) as LocalResult)
    },
  }
}

/** The event that a request becomes. */
export async function toEvent(request: Request, sourceIp: string): Promise<LambdaHttpEvent> {
  const { pathname, search, host } = new URL(request.url)
  const { method, headers } = request
  const event: LambdaFunctionURLEvent = {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(headers),
    requestContext: {
      accountId: 'anonymous',
      apiId: 'local',
      domainName: 'local.lambda-url.eu-west-1.on.aws',
      domainPrefix: 'local',
      http: {
        method,
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp,
        userAgent: headers.get('user-agent') ?? '',
      },
      requestId: crypto.randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
    },
    body: Buffer.from(await request.arrayBuffer()).toString('base64'),
    isBase64Encoded: true,
  }
  return { ...event, headers: { ...event.headers, host } }
}

function toResponse({
  statusCode: status,
  headers = {},
  cookies = [],
  body,
  isBase64Encoded,
}: LocalResult): Response {
  const sent = new Headers(headers)
  for (const cookie of cookies) sent.append('set-cookie', cookie)
  const content =
    typeof body === 'string'
      ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
      : (Readable.toWeb(body) as ReadableStream<Uint8Array>)
  return new Response(content, { status, headers: sent })
}
