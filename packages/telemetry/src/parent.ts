import type { Context, Link, TextMapGetter } from '@opentelemetry/api'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/** Where a span hangs. */
export interface Parent {
  context: Context
  /** The transport's own trace, where the message came with another. */
  links: Link[]
}

// a carrier that a stranger fills
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

/** The context of an HTTP request: what is active already, or else what its headers carry. */
export function contextOf({ context, propagation, trace }: OpenTelemetry, headers: Headers): Context {
  const active = context.active()
  return trace.getSpanContext(active) ? active : propagation.extract(active, headers, fromHeaders)
}

/** The parent of a message: what its `_meta` carries (SEP-414), or else the request's context. */
export function parentOf(
  { propagation, trace }: OpenTelemetry,
  transport: Context,
  meta: Record<string, unknown>,
): Parent {
  const context = propagation.extract(transport, meta, fromMeta)
  const around = trace.getSpanContext(transport)
  const links = around && trace.getSpanContext(context) !== around ? [{ context: around }] : []
  return { context, links }
}
