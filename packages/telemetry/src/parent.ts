import type { Context, Link, TextMapGetter } from '@opentelemetry/api'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/** The parent of a span. */
export interface Parent {
  context: Context
  /** The trace of the HTTP request, if the message has another one. */
  links: Link[]
}

// clients fill the carrier
const MAX_VALUE_LENGTH = 8192

const fromHeaders: TextMapGetter<Headers> = {
  get: (headers, key) => headers.get(key) ?? undefined,
  keys: (headers) => [...headers.keys()],
}

const fromMeta: TextMapGetter<Record<string, unknown>> = {
  get: (meta, key) => {
    const value = Object.hasOwn(meta, key) ? meta[key] : undefined
    return typeof value === 'string' && value.length <= MAX_VALUE_LENGTH ? value : undefined
  },
  keys: (meta) => Object.keys(meta),
}

/** Returns the context of an HTTP request: the active one, otherwise that of its headers. */
export function readContext({ context, propagation, trace }: OpenTelemetry, headers: Headers): Context {
  const active = context.active()
  return trace.getSpanContext(active) ? active : propagation.extract(active, headers, fromHeaders)
}

/** Returns the parent of a message: the trace context in its `_meta` (SEP-414), otherwise that of the HTTP request. */
export function readParent(
  { propagation, trace }: OpenTelemetry,
  transport: Context,
  meta: Record<string, unknown>,
): Parent {
  const context = propagation.extract(transport, meta, fromMeta)
  const around = trace.getSpanContext(transport)
  const links = around && trace.getSpanContext(context) !== around ? [{ context: around }] : []
  return { context, links }
}
