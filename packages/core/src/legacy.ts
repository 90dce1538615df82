import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/sdk/types.js'
import { type Accepted, readAccept } from './accept.ts'
import { unsupportedVersion } from './agree.ts'
import { askStateless } from './ask.ts'
import { dispatch } from './dispatch.ts'
import type { Host } from './host.ts'
import { isObject, isRequest, isResponse } from './json-rpc.ts'
import { maskError } from './mask.ts'
import { readMessage } from './message.ts'
import type { McpHandlerRequestOptions, McpRequestContext, McpServerLike, Settings } from './options.ts'
import { Refusal } from './refusal.ts'
import { modeFor, respond } from './respond.ts'
import type { Stamp } from './stamp.ts'
import { ASSUMED_LEGACY_VERSION, allowsBatches, LEGACY_VERSIONS, MODERN_VERSIONS } from './versions.ts'

/** What a handler lends to whatever serves its 2025-era traffic. */
export interface LegacyHost {
  /** The handler's options with their defaults. */
  readonly settings: Settings
  /** Has the factory build a server; throws a `Refusal` if it has served before. */
  createServer(context: McpRequestContext): Promise<McpServerLike>
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}

/** Serves the 2025-era requests of one handler. */
export interface LegacyLeg {
  /** Methods that it serves besides POST; any other gets 405. */
  readonly methods: readonly ('GET' | 'DELETE')[]
  /** Answers a request; the body of a POST has been read, and comes as `parsedBody`. May throw a `Refusal`. */
  fetch(request: Request, options: McpHandlerRequestOptions): Promise<Response>
  /** Ends everything that is open. */
  close(): Promise<void>
}

/** A value of the `legacy` option: a way to serve 2025-era traffic. */
export interface LegacyServing {
  /** Called once, when the handler is created. */
  attach(host: LegacyHost): LegacyLeg
}

/** Serves each 2025-era POST with a fresh server. */
export function stateless(host: Host): LegacyLeg {
  return {
    methods: [],
    fetch: (request, options) => serve(host, request, options),
    close: async () => {},
  }
}

/** Serves no 2025-era traffic, and says what is served. */
export function reject(): LegacyLeg {
  return {
    methods: [],
    fetch: async (_request, { parsedBody }) => {
      if (Array.isArray(parsedBody))
        throw new Refusal('invalid-request', 'Invalid request: batches are not served')
      const message = readMessage(parsedBody)
      if (isResponse(message))
        throw new Refusal('invalid-request', 'Invalid request: responses are not served')
      if (isRequest(message)) throw notServed(message)
      return accepted()
    },
    close: async () => {},
  }
}

function notServed({ method, params }: JSONRPCRequest): Refusal {
  if (method === 'initialize') return unsupportedVersion(String(params?.protocolVersion))
  const served = MODERN_VERSIONS.join(', ')
  return new Refusal(
    'header-mismatch',
    `The MCP-Protocol-Version header and the _meta envelope are missing; served: ${served}`,
  )
}

async function serve(
  host: Host,
  request: Request,
  { authInfo, parsedBody }: McpHandlerRequestOptions,
): Promise<Response> {
  const batch = Array.isArray(parsedBody)
  const messages = batch ? parsedBody.map(readMessage) : [readMessage(parsedBody)]
  checkVersion(request, messages, batch)
  const requests = messages.filter(isRequest)
  if (requests.length === 0) return accepted()
  checkIds(requests)
  const mode = modeFor(acceptable(request), host.settings.responseMode)

  const { exchange, extra } = await dispatch(
    host,
    { era: 'legacy', authInfo, requestInfo: request },
    askStateless,
  )
  exchange.expect(requests)
  for (const message of messages) if (!isResponse(message)) exchange.deliver(message, extra)

  return respond(exchange, {
    mode,
    batch,
    keepAliveMs: host.settings.keepAliveMs,
    stamp: maskErrors(host, requests),
    statusOf: () => 200,
    // a 2025-era client that goes away has not cancelled
    onleave: () => exchange.abandon(),
    report: host.report,
  })
}

function accepted(): Response {
  return new Response(null, { status: 202 })
}

function checkVersion(request: Request, messages: JSONRPCMessage[], batch: boolean): void {
  const version = request.headers.get('mcp-protocol-version') ?? ASSUMED_LEGACY_VERSION
  const initializes = messages.some((message) => isRequest(message) && message.method === 'initialize')
  if (!initializes && !LEGACY_VERSIONS.includes(version)) {
    const served = [...MODERN_VERSIONS, ...LEGACY_VERSIONS].join(', ')
    throw new Refusal('invalid-version', `MCP-Protocol-Version is not served; served: ${served}`)
  }
  if (!batch) return
  if (!allowsBatches(version))
    throw new Refusal('invalid-request', `Invalid request: ${version} has no batches`)
  if (initializes)
    throw new Refusal('invalid-request', 'Invalid request: initialize cannot be part of a batch')
  if (messages.length === 0) throw new Refusal('invalid-request', 'Invalid request: the batch is empty')
  if (messages.length > MAX_BATCH)
    throw new Refusal('invalid-request', `Invalid request: a batch has at most ${MAX_BATCH} messages`)
}

const MAX_BATCH = 100

function checkIds(requests: JSONRPCRequest[]): void {
  if (new Set(requests.map(({ id }) => id)).size < requests.length) {
    throw new Refusal('invalid-request', 'Invalid request: two requests of a batch have the same id')
  }
}

function acceptable(request: Request): Accepted {
  const accepts = readAccept(request.headers.get('accept'))
  if (accepts.json || accepts.sse) return accepts
  throw new Refusal('not-acceptable', 'Accept must allow application/json or text/event-stream')
}

function maskErrors(host: Host, requests: JSONRPCRequest[]): Stamp {
  return (reply) => {
    if (!isObject(reply) || !('error' in reply)) return reply
    return maskError(
      reply,
      requests.find(({ id }) => id === reply.id),
      host.report,
    )
  }
}
