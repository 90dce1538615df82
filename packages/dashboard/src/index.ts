export type { AuditOutcome, DashboardAudits } from './audit-types.ts'
export type { Authorize, DashboardOptions, DashboardSession, DashboardSessions } from './options.ts'
export { redactCompact } from './redact-compact.ts'
export { type DashboardHandler, withDashboard } from './with-dashboard.ts'
