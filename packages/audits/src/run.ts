import { type Audit, type Era, type Level, Skip } from './audit.ts'
import { bySection, choose } from './choose.ts'
import { Client, type Knowledge } from './client.ts'
import { isServed } from './eras.ts'
import type { Layer } from './layers.ts'
import { AnswerTooLarge } from './limited.ts'
import { Patience, ServerSilent } from './patience.ts'
import type { Target } from './target.ts'
import { TimedOut, within } from './within.ts'

/** The result of one audit. */
export interface AuditResult {
  id: string
  section: string
  level: Level
  layer: Layer
  title: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What was expected and received, or why the audit was skipped. */
  message?: string
  /** The duration in milliseconds. */
  ms: number
}

/** Options of {@link runAudit}. */
export interface RunAuditOptions {
  /** Milliseconds that an audit may take. If it takes longer, it fails. @defaultValue 10000 */
  timeoutMs?: number | undefined
  /** The maximum number of bytes of one response. If it is larger, the audit fails. @defaultValue 16777216 (16 MiB) */
  maxResponseBytes?: number | undefined
}

/** Options of {@link runAudits}. */
export interface RunAuditsOptions extends RunAuditOptions {
  /** Runs only audits whose id starts with this prefix, or with one of these. @defaultValue all */
  only?: string | readonly string[] | undefined
  /** Runs only audits of this layer, or of these. @defaultValue all */
  layer?: Layer | readonly Layer[] | undefined
  /**
   * Runs all audits of this era, and no others, even if the server does not seem to serve it.
   * @defaultValue both eras, if served
   */
  era?: Era | undefined
  /** Milliseconds that all audits may take together. The remaining ones are skipped. @defaultValue no limit */
  deadlineMs?: number | undefined
  /**
   * Rejects with a {@link ServerSilent} if the server does not answer the first requests of both eras in time, or if this
   * many audits time out, all from the first one. @defaultValue 0 (never)
   */
  giveUpAfter?: number | undefined
  /** Called with each result as it arrives, in the order of a report. */
  onresult?: ((result: AuditResult) => void) | undefined
}

const knowledge = new WeakMap<Target, Knowledge>()

/**
 * Runs one audit against a target. Facts about the target are cached by object and used by later audits.
 *
 * @returns The result. A timeout is a failure. Never rejects.
 */
export async function runAudit(
  audit: Audit,
  target: Target,
  options: RunAuditOptions = {},
): Promise<AuditResult> {
  return (await putTo(audit, target, options)).result
}

async function putTo(
  audit: Audit,
  target: Target,
  { timeoutMs = 10_000, maxResponseBytes }: RunAuditOptions,
): Promise<{ result: AuditResult; timedOut: boolean }> {
  const { id, section, level, layer, title } = audit
  const started = performance.now()
  const finished = (outcome: AuditResult['outcome'], error?: unknown) => {
    const ms = Math.round(performance.now() - started)
    const said = error === undefined ? {} : { message: messageOf(error) }
    const result = { id, section, level, layer, title, outcome, ...said, ms }
    return { result, timedOut: error instanceof TimedOut }
  }
  try {
    await within(timeoutMs, (signal) =>
      audit.run(new Client(target, knowledgeOf(target), signal, maxResponseBytes)),
    )
    return finished('passed')
  } catch (error) {
    return finished(error instanceof Skip ? 'skipped' : 'failed', error)
  }
}

/**
 * Runs the audits against a target, one after the other. Audits of an era that the target does not serve are skipped,
 * unless the `era` option requests them.
 *
 * @param target - A URL with a `fetch` that reaches it. The `fetch` can be that of any handler.
 * @returns One result for each audit, in the order of `audits`.
 * @throws The error of `fetch` if the target cannot be reached, and a {@link ServerSilent} as described for
 *   `giveUpAfter`.
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
  const { deadlineMs = Number.POSITIVE_INFINITY, timeoutMs = 10_000, onresult } = options
  const endsAt = performance.now() + deadlineMs
  const timeLeft = (): number => Math.min(timeoutMs, endsAt - performance.now())
  const chosen = choose(options)
  const unserved = options.era ? [] : await unservedEras(target, options, timeLeft)
  const patience = new Patience(options.giveUpAfter)
  const results = new Map<Audit, AuditResult>()
  for (const audit of bySection(chosen)) {
    const reason = unserved.includes(audit.era)
      ? NOT_SERVED[audit.era]
      : timeLeft() <= 0 && overdue(deadlineMs)
    const result = reason
      ? skipped(audit, reason)
      : patience.judge(await putTo(audit, target, { ...options, timeoutMs: timeLeft() }))
    results.set(audit, result)
    onresult?.(result)
  }
  const ending = (signal: AbortSignal) => new Client(target, knowledgeOf(target), signal).endSessions()
  await within(1000, ending).catch(() => {})
  return chosen.map((audit) => results.get(audit) as AuditResult)
}

const NOT_SERVED: Record<Era, string> = {
  modern: 'the server does not serve 2026-07-28 clients',
  legacy: 'the server does not serve 2025-era clients',
}

const OVERDUE = 'the audits were to take'
const overdue = (deadlineMs: number): string => `${OVERDUE} ${deadlineMs} ms in all, and it is over`

/** Whether a run was ended by its deadline. */
export const isCutShort = (results: readonly AuditResult[]): boolean =>
  results.some(({ outcome, message }) => outcome === 'skipped' && message?.startsWith(OVERDUE))

/** Whether a server conforms: at least one audit ran, and none of a MUST requirement failed. */
export function isConforming(results: readonly AuditResult[]): boolean {
  return (
    results.some(({ outcome }) => outcome === 'passed') &&
    !results.some(({ level, outcome }) => level === 'MUST' && outcome === 'failed')
  )
}

async function unservedEras(
  target: Target,
  { giveUpAfter = 0, maxResponseBytes }: RunAuditsOptions,
  timeLeft: () => number,
): Promise<Era[]> {
  const unserved: Era[] = []
  const silent: string[] = []
  for (const era of ['modern', 'legacy'] as const) {
    const probe = (signal: AbortSignal): Promise<boolean> =>
      isServed(new Client(target, knowledgeOf(target), signal, maxResponseBytes), era)
    const served = await within(timeLeft(), probe).catch((error: unknown) => {
      // fetch throws these if no server is reachable. A server that responds badly or too late is audited.
      if (error instanceof TypeError) throw error
      if (error instanceof TimedOut || error instanceof AnswerTooLarge) silent.push(error.message)
      return true
    })
    if (!served) unserved.push(era)
  }
  if (giveUpAfter > 0 && silent.length === 2) {
    throw new ServerSilent(`the server answers clients of neither era: ${silent[0]}`)
  }
  return unserved
}

function skipped({ id, section, level, layer, title }: Audit, message: string): AuditResult {
  return { id, section, level, layer, title, outcome: 'skipped', message, ms: 0 }
}

function knowledgeOf(target: Target): Knowledge {
  const known = knowledge.get(target) ?? new Map()
  knowledge.set(target, known)
  return known
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}
