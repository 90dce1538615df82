import type { Level } from './audit.ts'
import type { AuditResult } from './run.ts'
import { getSection, SECTIONS } from './sections.ts'

/** The options of {@link formatReport}. */
export interface ReportOptions {
  /** Whether passed audits are listed as well as failed and skipped ones. @defaultValue true */
  passed?: boolean | undefined
}

const MARKS: Record<AuditResult['outcome'], string> = { passed: '✓', failed: '✗', skipped: '–' }

/**
 * Formats a report to read: the results by section, the reason of each failure and skip, and the totals.
 *
 * @param results - The result of `runAudits`.
 */
export function formatReport(results: readonly AuditResult[], { passed = true }: ReportOptions = {}): string {
  const shown = results.filter(({ outcome }) => passed || outcome !== 'passed')
  const sections = Object.keys(SECTIONS).map((section) => formatSection(section, shown))
  return [...sections.filter((section) => section !== ''), formatTotals(results)].join('\n\n')
}

/**
 * Prints the report of {@link formatReport} line by line as results arrive, section after section.
 *
 * @param print - Called with one or more lines.
 */
export function streamReport(print: (text: string) => void): {
  add(result: AuditResult): void
  end(results: readonly AuditResult[]): void
} {
  let current: string | undefined
  return {
    add(result) {
      const section = getSection(result.section)
      if (section !== current) {
        print(`${current === undefined ? '' : '\n'}${section} ${SECTIONS[section]}`)
        current = section
      }
      print(formatResult(result))
    },
    end: (results) => print(`${current === undefined ? '' : '\n'}${formatTotals(results)}`),
  }
}

function formatSection(section: string, results: readonly AuditResult[]): string {
  const mine = results.filter((result) => getSection(result.section) === section)
  if (mine.length === 0) return ''
  return [`${section} ${SECTIONS[section]}`, ...mine.map(formatResult)].join('\n')
}

function formatResult({ id, level, layer, title, outcome, message }: AuditResult): string {
  const line = `  ${MARKS[outcome]} ${id} (${level}, ${layer}) ${title}`
  return message === undefined ? line : `${line}\n      ${message.replaceAll('\n', '\n      ')}`
}

function formatTotals(results: readonly AuditResult[]): string {
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  const levels = (['MUST', 'SHOULD', 'MAY'] as const).flatMap((level) => countOf(failed, level))
  const count = (outcome: AuditResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length
  const which = levels.length > 0 ? ` (${levels.join(', ')})` : ''
  return `${results.length} in all: ${count('passed')} passed, ${failed.length} failed${which}, ${count('skipped')} skipped`
}

function countOf(results: readonly AuditResult[], level: Level): string[] {
  const { length } = results.filter((result) => result.level === level)
  return length > 0 ? [`${length} ${level}`] : []
}
