import type { Context } from '@opentelemetry/api'
import type { FetchHandler, McpHandlerRequestOptions, Wrapped } from '@portico-mcp/core'
import { changeRequestOptions, observeExchange, standardWriter, wrap } from '@portico-mcp/core/internal'
import { attempt } from './attempt.ts'
import { readCalls } from './calls.ts'
import { MessageObserver } from './message-observer.ts'
import { loadOpenTelemetry, type OpenTelemetry } from './open-telemetry-api.ts'
import { type Operation, type RequestScope, type SeriesNames, startOperation } from './operation.ts'
import { readOptions, type Settings, type TelemetryOptions } from './options.ts'
import { readContext } from './parent.ts'
import { readParsedBody } from './read-parsed-body.ts'
import { type Recorder, recorderFinder } from './recorder.ts'
import { clip, knownNames, METHODS, VERSIONS } from './series-names.ts'
import { countSessions, digest, type Sessions } from './sessions.ts'

/**
 * Records a span for each JSON-RPC message that a handler serves, and metrics of calls, durations, open streams,
 * sessions and refusals, by the OpenTelemetry semantic conventions for MCP. It uses the SDK that is registered with
 * `@opentelemetry/api`. Without an SDK, or without the API, requests are passed on as they are.
 *
 * The parent of a span is the trace context in `params._meta` (`traceparent`, `tracestate`, `baggage`), otherwise the
 * active span, otherwise the trace context of the HTTP headers. The span is active while the handler runs, so that it
 * becomes the parent of the spans of tools. In a batch of several messages, the context of the HTTP request is active.
 *
 * No arguments, results, error messages, tokens or addresses are recorded. Clients cannot create new series. It refuses
 * no request and changes no response.
 *
 * @param handler - A Portico handler, or anything with its fetch shape. Its other members stay. Close the handler that
 *   this function returns: its `close` resolves after the last events of open streams.
 * @param options - See {@link TelemetryOptions}.
 * @throws TypeError for an unknown option or a value of the wrong type, RangeError for a number that is not positive.
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

// the last events of open streams are sent before the host closes its connections
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
    const transport = attempt(api, () => readContext(api, headers)) ?? api.ROOT_CONTEXT
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

/** Serves within a context, or without it if the registered context manager throws. */
function within<T>(api: OpenTelemetry, context: Context, serve: () => Promise<T>): Promise<T> {
  let served: Promise<T> | undefined
  attempt(api, () =>
    api.context.with(context, () => {
      served = serve()
    }),
  )
  return served ?? serve()
}

// servers may make up any number of codes
const MAX_CODES = 64

const createSeriesNames = ({ methodNames, toolNames, promptNames }: Settings): SeriesNames => ({
  methods: knownNames([...METHODS, ...methodNames]),
  versions: knownNames(VERSIONS),
  codes: knownNames(undefined, MAX_CODES),
  tools: knownNames(toolNames),
  prompts: knownNames(promptNames),
})
