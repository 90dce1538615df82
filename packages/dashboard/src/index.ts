export { type Dashboarded, dashboard } from './dashboard.ts'
export type { Authorize, DashboardOptions, DashboardSession, DashboardSessions } from './options.ts'
export { redactCompact } from './redact-compact.ts'
