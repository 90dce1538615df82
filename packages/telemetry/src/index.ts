export type { TelemetryOptions } from './options.ts'
export { recordTasks, type TaskChange } from './record-tasks.ts'
export { withTelemetry } from './with-telemetry.ts'
