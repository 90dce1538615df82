import type { Context } from '@opentelemetry/api'
import type { FetchHandler, McpHandlerRequestOptions, Wrapped } from '@portico-mcp/core'
import { changeRequestOptions, observeExchange, standardWriter, wrap } from '@portico-mcp/core/internal'
import { attempt } from './attempt.ts'
import { readCalls } from './calls.ts'
import { MessageObserver } from './message-observer.ts'
import { loadOpenTelemetry, type OpenTelemetry } from './open-telemetry-api.ts'
import { type Operation, type RequestScope, type SeriesNames, startOperation } from './operation.ts'
import { readOptions, type Settings, type TelemetryOptions } from './options.ts'
import { contextOf } from './parent.ts'
import { readParsedBody } from './read-parsed-body.ts'
import { type Recorder, recorderFinder } from './recorder.ts'
import { clip, knownNames, METHODS, VERSIONS } from './series-names.ts'
import { countSessions, digest, type Sessions } from './sessions.ts'

/**
 * Writes a span for every JSON-RPC message that a handler serves, and measures calls, their duration, open
 * streams, sessions and refusals, by the OpenTelemetry semantic conventions for MCP, with whatever SDK is
 * registered with `@opentelemetry/api`. Without an SDK, or without the api, requests pass as they are.
 *
 * The parent of a span is what `params._meta` carries (`traceparent`, `tracestate`, `baggage`), else what is
 * active, else what the HTTP headers carry. The span is active while the handler runs, so that spans of tools
 * hang below it; in a batch of several messages the request's own context is.
 *
 * No arguments, results, error messages, tokens or addresses are recorded. Nothing that a stranger sends
 * becomes a new series. It never refuses a request, and never changes an answer.
 *
 * @param handler - A Portico handler, or anything with its fetch shape; its other members stay. A `close`
 * resolves once the last events of open streams have been handed on, so close what comes out of here.
 * @param options - See {@link TelemetryOptions}.
 * @throws RangeError for an option that is out of its range.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 * import { withGuard } from '@portico-mcp/guard'
 * import { withTelemetry } from '@portico-mcp/telemetry'
 *
 * const handler = createMcpHandler(() => new McpServer({ name: 'observed', version: '1.0.0' }))
 *
 * export default withTelemetry(withGuard(handler))
 * ```
 */
export function withTelemetry<H extends FetchHandler>(
  handler: H,
  options: TelemetryOptions = {},
): Wrapped<H> {
  const observe = createObserve(handler, readOptions(options))
  let findRecorder: (() => Recorder | undefined) | undefined
  let loading: Promise<void> | undefined = loadOpenTelemetry().then((api) => {
    findRecorder = api && recorderFinder(api)
    loading = undefined
  })

  const serve = (request: Request, options: McpHandlerRequestOptions): Response | Promise<Response> => {
    const recorder = findRecorder?.()
    return recorder ? observe(recorder, request, options) : handler.fetch(request, options)
  }
  const wrapped = wrap(handler, (request, options) =>
    loading ? loading.then(() => serve(request, options)) : serve(request, options),
  )
  return { ...wrapped, ...closing(handler) }
}

// the last events of open streams are handed on before a host ends its connections
function closing(handler: FetchHandler & { close?: unknown }): {
  close?: (...options: unknown[]) => Promise<void>
} {
  const { close } = handler
  if (typeof close !== 'function') return {}
  return {
    close: async (...options) => {
      await close.apply(handler, options)
      await new Promise((resolve) => setTimeout(resolve))
    },
  }
}

type Observe = (recorder: Recorder, request: Request, options: McpHandlerRequestOptions) => Promise<Response>

function createObserve(handler: FetchHandler, settings: Settings): Observe {
  const names = createSeriesNames(settings)
  const sessions = countSessions(settings.sessionIdleTimeoutMs)

  return async (recorder, request, options) => {
    const { api } = recorder
    const { headers } = request
    const parsedBody = await readParsedBody(request, options, settings.maxRequestBodySize)
    const transport = attempt(api, () => contextOf(api, headers)) ?? api.ROOT_CONTEXT
    const session = nameSession(headers, settings)
    const scope: RequestScope = { recorder, names, settings, headers, transport, session }
    const operations = readCalls(parsedBody).flatMap(
      (call) => attempt(api, () => startOperation(scope, call)) ?? [],
    )
    const [first] = operations
    const context = first && operations.length === 1 ? first.context : transport
    // core's own writer, where the adapter has none, shows texts without reading streams
    const { responseWriter = standardWriter } = options
    const passed = changeRequestOptions(options, { responseWriter, parsedBody })
    const inContext: FetchHandler = {
      async fetch(request, options) {
        const response = await within(api, context, async () => handler.fetch(request, options))
        noteSession(sessions, scope, request, response, first)
        return response
      },
    }
    return observeExchange(inContext, request, passed, new MessageObserver(scope, operations, request))
  }
}

function nameSession(sent: Headers, { recordSessionIds }: Settings): string | undefined {
  const id = sent.get('mcp-session-id')
  if (id === null) return undefined
  return recordSessionIds ? clip(id) : digest(id)
}

/** Notes that a session was opened, used or ended. */
function noteSession(
  sessions: Sessions,
  { recorder, settings, session }: RequestScope,
  { method }: Request,
  response: Response,
  first: Operation | undefined,
): void {
  const opened = nameSession(response.headers, settings)
  if (first?.call.method === 'initialize' && opened && response.ok) {
    first.set({ 'mcp.session.id': opened })
    sessions.open(opened, recorder, () => first.version)
  } else if (session !== undefined) {
    const isOver = response.status === 404 || (method === 'DELETE' && response.ok)
    if (isOver) sessions.end(session)
    else sessions.touch(session)
  }
}

/** Serves within a context, or without where the context manager that is registered throws. */
function within<T>(api: OpenTelemetry, context: Context, serve: () => Promise<T>): Promise<T> {
  let served: Promise<T> | undefined
  attempt(api, () =>
    api.context.with(context, () => {
      served = serve()
    }),
  )
  return served ?? serve()
}

// codes come from servers, which may make them up as they go
const MAX_CODES = 64

const createSeriesNames = ({ methodNames, toolNames, promptNames }: Settings): SeriesNames => ({
  methods: knownNames([...METHODS, ...methodNames]),
  versions: knownNames(VERSIONS),
  codes: knownNames(undefined, MAX_CODES),
  tools: knownNames(toolNames),
  prompts: knownNames(promptNames),
})
