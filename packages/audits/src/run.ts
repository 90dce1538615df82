import { type Audit, type Era, type Level, Skip } from './audit.ts'
import { bySection, choose } from './choose.ts'
import { Client, type Knowledge } from './client.ts'
import { isServed } from './eras.ts'
import type { Layer } from './layers.ts'
import { AnswerTooLarge } from './limited.ts'
import { Patience, ServerSilent } from './patience.ts'
import type { Target } from './target.ts'
import { TimedOut, within } from './within.ts'

/** What became of one audit. */
export interface AuditResult {
  id: string
  section: string
  level: Level
  layer: Layer
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
  timeoutMs?: number | undefined
  /** Bytes of one answer that are read; a larger one is a failure. @defaultValue 16777216, 16 MiB */
  maxResponseBytes?: number | undefined
}

/** Options of {@link runAudits}. */
export interface RunAuditsOptions extends RunAuditOptions {
  /** Only audits whose id starts with this, or with one of these. @defaultValue all */
  only?: string | readonly string[] | undefined
  /** Only audits of this layer, or of these. @defaultValue all */
  layer?: Layer | readonly Layer[] | undefined
  /** Only this era, and every audit of it, even where the server seems not to serve it. */
  era?: Era | undefined
  /** Milliseconds that all audits may take together; what is left then is skipped by name. @defaultValue no limit */
  deadlineMs?: number | undefined
  /**
   * Gives up, with a {@link ServerSilent}, a server that answers the first requests of neither era in time, or none
   * of this many audits that are run first. @defaultValue 0, which never gives up
   */
  giveUpAfter?: number | undefined
  /** Called with each result as it comes: section after section, in the order of a report. */
  onresult?: ((result: AuditResult) => void) | undefined
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
 * Puts the audits to a target, one after the other. An era that the target does not serve is skipped by
 * name, unless it is the one that was asked for.
 *
 * @param target - A URL with the `fetch` that reaches it, or any handler with the fetch shape.
 * @returns One result an audit, in the order of `audits`.
 * @throws What `fetch` threw, where the target cannot be reached at all; {@link ServerSilent}, where `giveUpAfter` says
 *   so.
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

/** Whether a run was cut short by its deadline. */
export const isCutShort = (results: readonly AuditResult[]): boolean =>
  results.some(({ outcome, message }) => outcome === 'skipped' && message?.startsWith(OVERDUE))

/** Whether a server is fit to be used: no MUST failed, and something was audited. */
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
      // fetch throws these where nobody is there; who answers badly, or not in time, is audited
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
