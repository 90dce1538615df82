import { signal } from '@preact/signals'
import type { AuditOutcome } from '../../src/audit-types.ts'
import type { AuditEvent } from '../../src/audits.ts'
import type { Exchange } from '../../src/exchange.ts'
import { token } from '../access.ts'
import { askDashboard, explain } from '../own-api.ts'
import { eventFrames } from '../protocol/event-frames.ts'

/** The state of a run of the audits. */
export interface AuditRun {
  isRunning: boolean
  results: readonly { result: AuditOutcome; exchanges: readonly Exchange[] }[]
  problem?: string
}

export const auditRun = signal<AuditRun | undefined>(undefined)

let controller: AbortController | undefined

/** Runs the audits whose id begins with a prefix. */
export async function runAudits(only: string): Promise<void> {
  controller = new AbortController()
  auditRun.value = { isRunning: true, results: [] }
  try {
    const query = only ? `?only=${encodeURIComponent(only)}` : ''
    const response = await askDashboard(`/audits${query}`, {
      method: 'POST',
      signal: controller.signal,
      ...(token.value && { headers: { authorization: `Bearer ${token.value}` } }),
    })
    if (!response.ok || !response.body) throw new Error(await explain(response))
    for await (const data of eventFrames(response.body)) take(JSON.parse(data))
    end()
  } catch (error) {
    end(controller.signal.aborted ? 'Stopped' : (error as Error).message)
  }
}

/** Stops the run. */
export const stopAudits = (): void => controller?.abort()

function take({ result, exchanges = [], error }: AuditEvent): void {
  const run = auditRun.value as AuditRun
  if (error !== undefined) throw new Error(error)
  if (result) auditRun.value = { ...run, results: [...run.results, { result, exchanges }] }
}

function end(problem?: string): void {
  auditRun.value = { ...(auditRun.value as AuditRun), isRunning: false, ...(problem && { problem }) }
}
