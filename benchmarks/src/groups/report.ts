import { medianOf, ratioOf, type Sample } from '../samples.ts'
import { table } from '../table.ts'
import { findSubject, GROUPS, type Group, type Row } from './index.ts'
import { workOf } from './measure.ts'

/** The rows of a group as a table: what each server takes, and how that compares with the other one. */
export function groupTable(
  samples: readonly Sample[],
  name: string,
  rows: Group['rows'] = GROUPS[name]!.rows,
): string {
  const cells = rows.map((row) => {
    const cpu = medianOf(samples, row.subject, workOf(name), 'cpu')
    const ratio = ratioOfRow(samples, name, row)
    const isMet = meetsTarget(samples, name, row)
    return [
      findSubject(row.subject).title,
      cpu?.toFixed(0) ?? '–',
      ratio === undefined ? '' : describeRatio(row, ratio),
      describeTarget(row),
      isMet === undefined ? '' : isMet ? 'yes' : 'no',
    ]
  })
  return table([name, 'µs of CPU a request', 'ratio', 'target', 'met'], cells)
}

/** Whether a row reaches its target: undefined if it has none, false if it was not measured. */
export function meetsTarget(samples: readonly Sample[], name: string, row: Row): boolean | undefined {
  if (row.atMost === undefined && row.atLeast === undefined) return undefined
  const ratio = ratioOfRow(samples, name, row)
  if (ratio === undefined) return false
  return row.atMost === undefined ? 1 / ratio >= row.atLeast! : ratio <= row.atMost
}

/** How many times as much a row costs as the one beside it. */
function ratioOfRow(samples: readonly Sample[], name: string, { subject, beside }: Row): number | undefined {
  return beside === undefined ? undefined : ratioOf(samples, subject, beside, workOf(name), 'cpu')
}

const isFaster = ({ atLeast }: Row): boolean => atLeast !== undefined

function describeRatio(row: Row, ratio: number): string {
  const other = findSubject(row.beside!).title
  return isFaster(row) || ratio < 0.8
    ? `${(1 / ratio).toFixed(2)} × faster than ${other}`
    : `${ratio.toFixed(2)} × ${other}`
}

function describeTarget({ atMost, atLeast }: Row): string {
  if (atMost !== undefined) return `≤ ${atMost}`
  return atLeast === undefined ? '' : `≥ ${atLeast}`
}
