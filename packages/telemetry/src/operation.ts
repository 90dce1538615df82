import type { Attributes, Context, Span } from '@opentelemetry/api'
import { attempt } from './attempt.ts'
import type { Call } from './calls.ts'
import type { Settings } from './options.ts'
import { readParent } from './parent.ts'
import type { Recorder } from './recorder.ts'
import type { Outcome } from './reply.ts'
import { clip, type Names, OTHER } from './series-names.ts'

/** The names that have their own series. */
export interface SeriesNames {
  methods: Names
  versions: Names
  codes: Names
  tools: Names
  prompts: Names
}

/** What the operations of one HTTP request have in common. */
export interface RequestScope {
  recorder: Recorder
  names: SeriesNames
  settings: Settings
  headers: Headers
  transport: Context
  session: string | undefined
}

/** A message while it is served. */
export interface Operation {
  readonly call: Call
  /** The context that its handler runs in. */
  readonly context: Context
  /** Its protocol revision. */
  readonly version: string | undefined
  /** Adds attributes that only the response contains. */
  set(attributes: Attributes): void
  /** Ends it. Further calls are ignored. */
  end(outcome: Outcome): void
  readonly ended: boolean
}

const VERSION = 'mcp.protocol.version'

/** Starts the span and the timer of a message. */
export function startOperation(scope: RequestScope, call: Call): Operation {
  const { api, tracer, operationDuration, calls } = scope.recorder
  const parent = readParent(api, scope.transport, call.meta)
  const common = commonAttributes(scope, call)
  const span = tracer.startSpan(
    spanName(scope, call),
    {
      kind: api.SpanKind.SERVER,
      links: parent.links,
      attributes: { ...common, ...spanAttributes(scope, call) },
    },
    parent.context,
  )
  const context = api.trace.setSpan(parent.context, span)
  const started = performance.now()
  let ended = false

  return {
    call,
    context,
    get version() {
      return common[VERSION] as string | undefined
    },
    set: (attributes) => {
      if (ended) return
      attempt(api, () => span.setAttributes(attributes))
      if (attributes[VERSION] !== undefined) common[VERSION] = attributes[VERSION]
    },
    end(outcome) {
      if (ended) return
      ended = true
      if (!outcome.errorType && call.target) targetNames(scope.names, call)?.learn(call.target)
      const result = resultAttributes(scope.names, outcome)
      attempt(api, () => finish(api, span, spanName(scope, call), result))
      const measured = { ...common, ...seriesTarget(scope, call), ...result }
      operationDuration.record((performance.now() - started) / 1000, measured, context)
      calls.add(1, measured, context)
    },
    get ended() {
      return ended
    },
  }
}

function finish(api: Recorder['api'], span: Span, name: string, result: Attributes): void {
  span.updateName(name)
  span.setAttributes(result)
  if (result['error.type'] !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR })
  span.end()
}

function commonAttributes({ names, headers }: RequestScope, call: Call): Attributes {
  const version = call.version ?? headers.get('mcp-protocol-version') ?? undefined
  return {
    'mcp.method.name': names.methods.nameOf(call.method),
    'network.protocol.name': 'http',
    'network.transport': 'tcp',
    ...(version !== undefined && { [VERSION]: names.versions.nameOf(version) }),
    ...(call.method === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
  }
}

function spanAttributes({ settings, session }: RequestScope, { id, target, uri, method }: Call): Attributes {
  return {
    ...(id !== undefined && { 'jsonrpc.request.id': clip(String(id)) }),
    ...(session !== undefined && { 'mcp.session.id': session }),
    ...(target !== undefined && { [targetKey(method)]: clip(target) }),
    ...(settings.recordResourceUris && uri !== undefined && { 'mcp.resource.uri': clip(uri) }),
  }
}

function seriesTarget({ names }: RequestScope, call: Call): Attributes {
  const targets = targetNames(names, call)
  return targets && call.target !== undefined ? { [targetKey(call.method)]: targets.nameOf(call.target) } : {}
}

function resultAttributes({ codes }: SeriesNames, { errorType, code }: Outcome): Attributes {
  if (errorType === undefined) return {}
  codes.learn(errorType)
  const named = codes.nameOf(errorType)
  return { 'error.type': named, ...(code !== undefined && { 'rpc.response.status_code': named }) }
}

function spanName({ names }: RequestScope, call: Call): string {
  const method = names.methods.nameOf(call.method)
  const target = call.target === undefined ? OTHER : (targetNames(names, call)?.nameOf(call.target) ?? OTHER)
  return target === OTHER ? method : `${method} ${target}`
}

const targetKey = (method: string): string =>
  method === 'prompts/get' ? 'gen_ai.prompt.name' : 'gen_ai.tool.name'

function targetNames({ tools, prompts }: SeriesNames, { method }: Call): Names | undefined {
  if (method === 'tools/call') return tools
  return method === 'prompts/get' ? prompts : undefined
}
