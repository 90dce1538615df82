import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withTelemetry } from '@portico-mcp/telemetry'

const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
)
metrics.setGlobalMeterProvider(new MeterProvider())

const handler = withTelemetry(
  createMcpHandler(() => {
    const server = new McpServer({ name: 'observed', version: '1.0.0' })
    server.registerTool('work', {}, async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      trace.getTracer('tool').startSpan('inside').end()
      return { content: [{ type: 'text', text: 'done' }] }
    })
    return server
  }),
)

export default {
  fetch: (request: Request): Response | Promise<Response> =>
    request.url.endsWith('/spans')
      ? Response.json(
          exporter.getFinishedSpans().map((span) => ({
            name: span.name,
            traceId: span.spanContext().traceId,
            spanId: span.spanContext().spanId,
            parentSpanId: span.parentSpanContext?.spanId,
          })),
        )
      : handler.fetch(request),
}
