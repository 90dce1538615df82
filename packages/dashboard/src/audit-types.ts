/** The result of one audit, as the page shows it. */
export interface AuditOutcome {
  id: string
  level: string
  title: string
  outcome: 'passed' | 'failed' | 'skipped'
  message?: string
  ms: number
}

/** The function of `@portico-mcp/audits` that the dashboard calls. */
export interface DashboardAudits {
  runAudits(
    target: { url: string; fetch(request: Request): Promise<Response> },
    options: { only?: string; onresult?: (result: AuditOutcome) => void },
  ): Promise<unknown>
}
