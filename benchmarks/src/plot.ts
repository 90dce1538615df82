import { medianOf, type Sample } from './samples.ts'
import { SUBJECTS } from './subjects.ts'

const WIDTH = 760
const LABEL = 250
const ROW = 28
const TOP = 56

/** Bars of how much each subject does in the time of the ceiling at one kind of work, as an SVG picture. */
export function plot(samples: readonly Sample[], work: string, title: string): string {
  const ceiling = medianOf(samples, 'ceiling-http', work, 'cpu')
  const bars = Object.entries(SUBJECTS).flatMap(([subject, { title: name }]) => {
    const value = medianOf(samples, subject, work, 'cpu')
    return ceiling === undefined || value === undefined ? [] : [{ subject, name, share: ceiling / value }]
  })
  bars.sort((one, other) => other.share - one.share)
  const longest = Math.max(1, ...bars.map(({ share }) => share))
  const height = TOP + bars.length * ROW + 16
  const rows = bars.map(({ subject, name, share }, index) => {
    const y = TOP + index * ROW
    const width = Math.max(2, (share / longest) * (WIDTH - LABEL - 70))
    const color = subject === 'portico' ? '#2f6feb' : subject.startsWith('ceiling') ? '#c9d1d9' : '#8b949e'
    return `<text x="${LABEL - 10}" y="${y + 15}" text-anchor="end">${escaped(name)}</text>
  <rect x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2" fill="${color}"/>
  <text x="${(LABEL + width + 8).toFixed(1)}" y="${y + 15}">${(share * 100).toFixed(0)} %</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#6e7781">
  <text x="16" y="28" font-size="15" font-weight="600">${escaped(title)}</text>
  ${rows.join('\n  ')}
</svg>
`
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
