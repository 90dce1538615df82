export type { Audit, Era, Level } from './audit.ts'
export { Skip } from './audit.ts'
export { audits } from './audits.ts'
export type { Client } from './client.ts'
export { type AuditFixture, createAuditFixture } from './fixture.ts'
export type { AuditFixtureParts } from './fixture-parts.ts'
export type { Layer } from './layers.ts'
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
export type { Target } from './target.ts'
export { taskAudits } from './task-audits.ts'
export { registerTaskFixture } from './task-fixture.ts'
