import type { Attributes, Context, Span } from '@opentelemetry/api'
import { attempt } from './attempt.ts'
import type { Call } from './calls.ts'
import { clip, type Names, OTHER } from './names.ts'
import type { Settings } from './options.ts'
import { parentOf } from './parent.ts'
import type { Recorder } from './recorder.ts'
import type { Outcome } from './reply.ts'

/** Which names have series of their own. */
export interface Vocabulary {
  methods: Names
  versions: Names
  codes: Names
  tools: Names
  prompts: Names
}

/** What the operations of one HTTP request share. */
export interface Surroundings {
  recorder: Recorder
  vocabulary: Vocabulary
  settings: Settings
  headers: Headers
  transport: Context
  session: string | undefined
}

/** One message while it is served. */
export interface Operation {
  readonly call: Call
  /** Where what its handler does belongs. */
  readonly context: Context
  /** The revision that it speaks. */
  readonly version: string | undefined
  /** Adds what only the answer tells. */
  set(attributes: Attributes): void
  /** Ends it, once; whatever comes later is ignored. */
  end(outcome: Outcome): void
  readonly ended: boolean
}

const VERSION = 'mcp.protocol.version'

/** Starts the span and the clock of a message. */
export function startOperation(around: Surroundings, call: Call): Operation {
  const { api, tracer, operationDuration, calls } = around.recorder
  const parent = parentOf(api, around.transport, call.meta)
  const common = commonAttributes(around, call)
  const span = tracer.startSpan(
    nameOf(around, call),
    {
      kind: api.SpanKind.SERVER,
      links: parent.links,
      attributes: { ...common, ...spanAttributes(around, call) },
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
      if (!outcome.errorType && call.target) namesOf(around.vocabulary, call)?.learn(call.target)
      const result = resultAttributes(around.vocabulary, outcome)
      attempt(api, () => finish(api, span, nameOf(around, call), result))
      const measured = { ...common, ...seriesTarget(around, call), ...result }
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

function commonAttributes({ vocabulary, headers }: Surroundings, call: Call): Attributes {
  const version = call.version ?? headers.get('mcp-protocol-version') ?? undefined
  return {
    'mcp.method.name': vocabulary.methods.nameOf(call.method),
    'network.protocol.name': 'http',
    'network.transport': 'tcp',
    ...(version !== undefined && { [VERSION]: vocabulary.versions.nameOf(version) }),
    ...(call.method === 'tools/call' && { 'gen_ai.operation.name': 'execute_tool' }),
  }
}

function spanAttributes({ settings, session }: Surroundings, { id, target, uri, method }: Call): Attributes {
  return {
    ...(id !== undefined && { 'jsonrpc.request.id': clip(String(id)) }),
    ...(session !== undefined && { 'mcp.session.id': session }),
    ...(target !== undefined && { [targetKey(method)]: clip(target) }),
    ...(settings.recordResourceUris && uri !== undefined && { 'mcp.resource.uri': clip(uri) }),
  }
}

function seriesTarget({ vocabulary }: Surroundings, call: Call): Attributes {
  const names = namesOf(vocabulary, call)
  return names && call.target !== undefined ? { [targetKey(call.method)]: names.nameOf(call.target) } : {}
}

function resultAttributes({ codes }: Vocabulary, { errorType, code }: Outcome): Attributes {
  if (errorType === undefined) return {}
  codes.learn(errorType)
  const named = codes.nameOf(errorType)
  return { 'error.type': named, ...(code !== undefined && { 'rpc.response.status_code': named }) }
}

function nameOf({ vocabulary }: Surroundings, call: Call): string {
  const method = vocabulary.methods.nameOf(call.method)
  const target = call.target === undefined ? OTHER : (namesOf(vocabulary, call)?.nameOf(call.target) ?? OTHER)
  return target === OTHER ? method : `${method} ${target}`
}

const targetKey = (method: string): string =>
  method === 'prompts/get' ? 'gen_ai.prompt.name' : 'gen_ai.tool.name'

function namesOf({ tools, prompts }: Vocabulary, { method }: Call): Names | undefined {
  if (method === 'tools/call') return tools
  return method === 'prompts/get' ? prompts : undefined
}
