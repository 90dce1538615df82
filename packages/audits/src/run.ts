import { type Audit, type Era, type Level, Skip, type Target } from './audit.ts'
import { audits } from './audits.ts'
import { Client, type Knowledge } from './client.ts'
import { isServed } from './eras.ts'

/** What became of one audit. */
export interface AuditResult {
  id: string
  section: string
  level: Level
  title: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What was expected and what came, or why it was skipped. */
  message?: string
  /** Milliseconds that it took. */
  ms: number
}

/** Options of {@link runAudit}. */
export interface RunAuditOptions {
  /** Milliseconds that an audit may take; one that takes longer has failed. @defaultValue 10000 */
  timeoutMs?: number
}

/** Options of {@link runAudits}. */
export interface RunAuditsOptions extends RunAuditOptions {
  /** Only audits whose id starts with this, or with one of these. */
  only?: string | readonly string[]
  /** Only this era, and every audit of it, even where the server seems not to serve it. */
  era?: Era
  /** Hears of each result as it comes. */
  onresult?: (result: AuditResult) => void
}

const knowledge = new WeakMap<Target, Knowledge>()

/**
 * Puts one audit to a target. What is learned of the target is kept for the next audit of the same object.
 *
 * @returns Its result; a timeout is a failure. Never rejects.
 */
export async function runAudit(
  audit: Audit,
  target: Target,
  { timeoutMs = 10_000 }: RunAuditOptions = {},
): Promise<AuditResult> {
  const { id, section, level, title } = audit
  const started = performance.now()
  const finished = (outcome: AuditResult['outcome'], message?: string): AuditResult => {
    const ms = Math.round(performance.now() - started)
    return { id, section, level, title, outcome, ...(message !== undefined && { message }), ms }
  }
  try {
    await within(timeoutMs, (signal) => audit.run(new Client(target, knowledgeOf(target), signal)))
    return finished('passed')
  } catch (error) {
    return finished(error instanceof Skip ? 'skipped' : 'failed', messageOf(error))
  }
}

/**
 * Puts the audits to a target, one after the other. An era that the target does not serve is skipped by
 * name, unless it is the one that was asked for.
 *
 * @param target - A URL with the `fetch` that reaches it, or any handler with the fetch shape.
 * @returns One result an audit, in the order of `audits`.
 * @throws What `fetch` threw, where the target cannot be reached at all.
 *
 * @example
 * ```ts
 * import { formatReport, runAudits } from '@portico-mcp/audits'
 * import { createMcpHandler, McpServer } from '@portico-mcp/core'
 *
 * const { fetch } = createMcpHandler(() => new McpServer({ name: 'bare', version: '1.0.0' }))
 * const results = await runAudits({ url: 'http://localhost/mcp', fetch }, { only: 'modern/discover' })
 * console.log(formatReport(results))
 * ```
 */
export async function runAudits(target: Target, options: RunAuditsOptions = {}): Promise<AuditResult[]> {
  const chosen = choose(options)
  const unserved = options.era ? [] : await unservedEras(target, options.timeoutMs)
  const results: AuditResult[] = []
  for (const audit of chosen) {
    const result = unserved.includes(audit.era)
      ? skipped(
          audit,
          `the server does not serve ${audit.era === 'modern' ? '2026-07-28' : '2025-era'} clients`,
        )
      : await runAudit(audit, target, options)
    results.push(result)
    options.onresult?.(result)
  }
  await within(1000, (signal) => new Client(target, knowledgeOf(target), signal).endSessions()).catch(
    () => {},
  )
  return results
}

/** Whether a server is fit to be used: no MUST failed, and something was audited. */
export function isConforming(results: readonly AuditResult[]): boolean {
  return (
    results.some(({ outcome }) => outcome === 'passed') &&
    !results.some(({ level, outcome }) => level === 'MUST' && outcome === 'failed')
  )
}

function choose({ only = '', era }: RunAuditsOptions): Audit[] {
  const prefixes = [only].flat()
  return audits.filter(
    (audit) =>
      prefixes.some((prefix) => audit.id.startsWith(prefix)) && (era === undefined || audit.era === era),
  )
}

async function unservedEras(target: Target, timeoutMs = 10_000): Promise<Era[]> {
  const unserved: Era[] = []
  for (const era of ['modern', 'legacy'] as const) {
    const probe = (signal: AbortSignal): Promise<boolean> =>
      isServed(new Client(target, knowledgeOf(target), signal), era)
    const served = await within(timeoutMs, probe).catch((error: unknown) => {
      // fetch throws these where nobody is there; who answers badly, or not in time, is audited
      if (error instanceof TypeError) throw error
      return true
    })
    if (!served) unserved.push(era)
  }
  return unserved
}

function skipped({ id, section, level, title }: Audit, message: string): AuditResult {
  return { id, section, level, title, outcome: 'skipped', message, ms: 0 }
}

function knowledgeOf(target: Target): Knowledge {
  const known = knowledge.get(target) ?? new Map()
  knowledge.set(target, known)
  return known
}

async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  const working = work(controller.signal)
  working.catch(() => {})
  try {
    return await Promise.race([working, timeout])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
