import type { Tracer } from '@opentelemetry/api'
import { attempt } from './attempt.ts'
import { createInstruments, type Instruments } from './instruments.ts'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/** Writes spans and measurements. */
export interface Recorder extends Instruments {
  api: OpenTelemetry
  tracer: Tracer
}

const SCOPE = '@portico-mcp/telemetry'

/**
 * Creates a function that finds the registered tracer and meter. It is called for each request, since an SDK may be
 * registered after the handler was created.
 */
export function recorderFinder(api: OpenTelemetry): () => Recorder | undefined {
  const { metrics, trace, ProxyTracerProvider, createNoopMeter } = api
  const silent = createNoopMeter()
  let provider: unknown
  let instruments: Instruments | undefined

  const find = (): Recorder | undefined => {
    const tracers = trace.getTracerProvider()
    const tracer = tracers instanceof ProxyTracerProvider ? tracers.getDelegateTracer(SCOPE) : undefined
    const isTracing = tracer !== undefined || !(tracers instanceof ProxyTracerProvider)
    const meters = metrics.getMeterProvider()
    if (!instruments || meters !== provider) {
      provider = meters
      instruments = createInstruments(api, meters.getMeter(SCOPE))
    }
    if (!isTracing && meters.getMeter(SCOPE) === silent) return undefined
    return { api, tracer: tracer ?? tracers.getTracer(SCOPE), ...instruments }
  }
  return () => attempt(api, find)
}
