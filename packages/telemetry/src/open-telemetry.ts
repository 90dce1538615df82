import type { Tracer } from '@opentelemetry/api'
import { attempt } from './attempt.ts'
import { createInstruments, type Instruments } from './instruments.ts'

/** `@opentelemetry/api` as it was loaded. */
export type OpenTelemetry = typeof import('@opentelemetry/api')

/** What spans and measurements are written with. */
export interface Recorder extends Instruments {
  api: OpenTelemetry
  tracer: Tracer
}

const SCOPE = '@portico-mcp/telemetry'

/** The api, where it is installed. */
export async function loadOpenTelemetry(): Promise<OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api')
  } catch {
    return undefined
  }
}

/** Finds what is registered when it is called: an SDK may come later than a handler. */
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
