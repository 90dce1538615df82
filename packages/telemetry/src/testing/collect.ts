import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A point of a series: its attributes, and its value, or how often it was recorded. */
export interface Point {
  attributes: Record<string, unknown>
  value: number
}

/** What a real SDK that is registered with the api collects. */
export interface Collected {
  spans(): ReadableSpan[]
  /** The span of a name; throws where it is not there, or not alone. */
  span(name: string): ReadableSpan
  points(metric: string): Promise<Point[]>
  /** The sum of a metric's points, of those with these attributes. */
  total(metric: string, attributes?: Record<string, unknown>): Promise<number>
  reset(): void
}

/** Has the api forget its SDK, which another test file of this process may have registered. */
export function unregister(): void {
  for (const api of [trace, metrics, context, propagation]) api.disable()
}

/** Registers an SDK with the api, in place of any other. */
export function collect(): Collected {
  unregister()
  const exporter = new InMemorySpanExporter()
  const reader = new Reader()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))

  const spans = () => exporter.getFinishedSpans()
  async function points(metric: string): Promise<Point[]> {
    const { resourceMetrics } = await reader.collect()
    return resourceMetrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .filter(({ descriptor }) => descriptor.name === metric)
      .flatMap(({ dataPoints }) => dataPoints as { attributes: object; value: number | { count: number } }[])
      .map(({ attributes, value }) => ({
        attributes: attributes as Record<string, unknown>,
        value: typeof value === 'number' ? value : value.count,
      }))
  }
  return {
    spans,
    span(name) {
      const found = spans().filter((span) => span.name === name)
      if (found.length === 1) return found[0]!
      throw new Error(`${found.length} spans are "${name}": ${spans().map((span) => span.name)}`)
    },
    points,
    async total(metric, attributes = {}) {
      const wanted = Object.entries(attributes)
      const all = await points(metric)
      return all
        .filter((point) => wanted.every(([key, value]) => point.attributes[key] === value))
        .reduce((sum, { value }) => sum + value, 0)
    },
    reset: () => exporter.reset(),
  }
}
