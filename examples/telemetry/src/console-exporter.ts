import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'

const SUCCESS = 0

/** Prints a line for each span that ends. */
export const consoleExporter: SpanExporter = {
  export(spans, done) {
    for (const span of spans) console.log(lineOf(span))
    done({ code: SUCCESS })
  },
  shutdown: async () => {},
}

function lineOf(span: ReadableSpan): string {
  const { name, duration, attributes, parentSpanContext } = span
  const [seconds, nanoseconds] = duration
  const milliseconds = (seconds * 1000 + nanoseconds / 1e6).toFixed(1)
  const { traceId, spanId } = span.spanContext()
  const ids = { traceId, spanId, parentSpanId: parentSpanContext?.spanId }
  return `span ${name} ${milliseconds} ms ${JSON.stringify({ ...ids, attributes })}`
}
