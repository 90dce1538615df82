export type { Audit, Era, Level, Target } from './audit.ts'
export { Skip } from './audit.ts'
export { audits } from './audits.ts'
export type { Client } from './client.ts'
export { type AuditFixture, type AuditFixtureParts, createAuditFixture } from './fixture.ts'
export { ServerSilent } from './patience.ts'
export { formatReport, type ReportOptions } from './report.ts'
export {
  type AuditResult,
  isConforming,
  type RunAuditOptions,
  type RunAuditsOptions,
  runAudit,
  runAudits,
} from './run.ts'
