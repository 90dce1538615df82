import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'

/** What is measured. */
export interface Instruments {
  /** Seconds that a message took. */
  operationDuration: Histogram
  /** Seconds between the first and the last request of a session. */
  sessionDuration: Histogram
  /** Messages that were answered. */
  calls: Counter
  /** HTTP requests that were refused. */
  rejections: Counter
  /** Streams that are open. */
  openStreams: UpDownCounter
  /** Sessions that are open. */
  openSessions: UpDownCounter
}

// those that the semantic conventions advise
const SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

/** The instruments of a meter; the first two are those of the semantic conventions for MCP. */
export function createInstruments(meter: Meter): Instruments {
  const duration = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } }
  return {
    operationDuration: meter.createHistogram('mcp.server.operation.duration', {
      description: 'How long a request or notification took until its result was sent',
      ...duration,
    }),
    sessionDuration: meter.createHistogram('mcp.server.session.duration', {
      description: 'How long a session was used',
      ...duration,
    }),
    calls: meter.createCounter('portico.server.calls', {
      description: 'Requests and notifications that were served',
      unit: '{call}',
    }),
    rejections: meter.createCounter('portico.server.rejections', {
      description: 'HTTP requests that were refused',
      unit: '{request}',
    }),
    openStreams: meter.createUpDownCounter('portico.server.streams.open', {
      description: 'Event streams that are open',
      unit: '{stream}',
    }),
    openSessions: meter.createUpDownCounter('portico.server.sessions.open', {
      description: 'Sessions that are open',
      unit: '{session}',
    }),
  }
}
