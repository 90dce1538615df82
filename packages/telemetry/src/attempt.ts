import { textOf } from '@portico-mcp/core/internal'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/**
 * Does something with what is registered, whose samplers, processors and readers are the host's. What they throw is
 * told to OpenTelemetry's own diagnostics, and changes no answer.
 */
export function attempt<T>({ diag }: OpenTelemetry, work: () => T): T | undefined {
  try {
    return work()
  } catch (thrown) {
    try {
      diag.error(`@portico-mcp/telemetry: ${textOf(thrown)}`)
    } catch {
      // neither does a logger
    }
    return undefined
  }
}
