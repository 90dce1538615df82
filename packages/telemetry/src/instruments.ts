import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'
import { attempt } from './attempt.ts'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/** The metrics. */
export interface Instruments {
  /** Seconds that a message took. */
  operationDuration: Pick<Histogram, 'record'>
  /** Seconds between the first and the last request of a session. */
  sessionDuration: Pick<Histogram, 'record'>
  /** Messages that were answered. */
  calls: Pick<Counter, 'add'>
  /** HTTP requests that were refused. */
  rejections: Pick<Counter, 'add'>
  /** Streams that are open. */
  openStreams: Pick<UpDownCounter, 'add'>
  /** Sessions that are open. */
  openSessions: Pick<UpDownCounter, 'add'>
  /** Changes of the status of tasks. */
  taskChanges: Pick<Counter, 'add'>
  /** Seconds from the creation of a task to its end. */
  taskDuration: Pick<Histogram, 'record'>
}

// the boundaries of the semantic conventions
const SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]

/** Creates the instruments. The first two belong to the semantic conventions for MCP. */
export function createInstruments(api: OpenTelemetry, meter: Meter): Instruments {
  const counting = (counter: UpDownCounter): Pick<UpDownCounter, 'add'> => ({
    add: (...measured) => attempt(api, () => counter.add(...measured)),
  })
  const recording = (histogram: Histogram): Pick<Histogram, 'record'> => ({
    record: (...measured) => attempt(api, () => histogram.record(...measured)),
  })
  const duration = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } }
  return {
    operationDuration: recording(
      meter.createHistogram('mcp.server.operation.duration', {
        description: 'How long a request or notification took until its result was sent',
        ...duration,
      }),
    ),
    sessionDuration: recording(
      meter.createHistogram('mcp.server.session.duration', {
        description: 'How long a session was used',
        ...duration,
      }),
    ),
    calls: counting(
      meter.createCounter('portico.server.calls', {
        description: 'Requests and notifications that were served',
        unit: '{call}',
      }),
    ),
    rejections: counting(
      meter.createCounter('portico.server.rejections', {
        description: 'HTTP requests that were refused',
        unit: '{request}',
      }),
    ),
    openStreams: counting(
      meter.createUpDownCounter('portico.server.streams.open', {
        description: 'Event streams that are open',
        unit: '{stream}',
      }),
    ),
    openSessions: counting(
      meter.createUpDownCounter('portico.server.sessions.open', {
        description: 'Sessions that are open',
        unit: '{session}',
      }),
    ),
    taskChanges: counting(
      meter.createCounter('portico.server.task.changes', {
        description: 'Changes of the status of tasks, their creation included',
        unit: '{change}',
      }),
    ),
    taskDuration: recording(
      meter.createHistogram('portico.server.task.duration', {
        description: 'How long tasks took from their creation to their end',
        ...duration,
      }),
    ),
  }
}
