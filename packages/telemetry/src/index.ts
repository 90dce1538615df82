export type { TelemetryOptions } from './options.ts'
export { type Observed, withTelemetry } from './with-telemetry.ts'
