export type { TelemetryOptions } from './options.ts'
export { withTelemetry } from './with-telemetry.ts'
