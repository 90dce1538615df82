export type { TelemetryOptions } from './options.ts'
export { type Observed, telemetry } from './telemetry.ts'
