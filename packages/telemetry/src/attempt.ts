import { textOf } from '@portico-mcp/core/internal'
import type { OpenTelemetry } from './open-telemetry-api.ts'

/**
 * Calls the registered SDK, whose samplers, processors and readers are the host's. Errors that it throws go to
 * OpenTelemetry's diagnostics (`diag`), and change no response.
 */
export function attempt<T>({ diag }: OpenTelemetry, work: () => T): T | undefined {
  try {
    return work()
  } catch (thrown) {
    try {
      diag.error(`@portico-mcp/telemetry: ${textOf(thrown)}`)
    } catch {
      // errors of a logger change no response either
    }
    return undefined
  }
}
