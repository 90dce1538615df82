import { workOf } from './groups/measure.ts'
import { ratioOf, type Sample } from './samples.ts'

/** One platform in the picture: what serves MCP on it, as shares of what it does with a fixed answer. */
interface Panel {
  title: string
  group: string
  /** The server with a fixed answer. */
  base: string
  bars: readonly [subject: string, label: string][]
}

const PORTICO = 'Portico'
const OFFICIAL = '@modelcontextprotocol/server'

const framework = (title: string, name: string): Panel => ({
  title,
  group: 'frameworks',
  base: name,
  bars: [
    [`portico-${name}-app`, PORTICO],
    [`official-${name}`, OFFICIAL],
  ],
})

const runtime = (title: string, name: string): Panel => ({
  title,
  group: 'runtimes',
  base: `${name}-bare`,
  bars: [
    [`${name}-portico`, PORTICO],
    [`${name}-official`, OFFICIAL],
  ],
})

/** The columns of the picture, from top to bottom. */
const COLUMNS: readonly (readonly Panel[])[] = [
  [
    {
      title: 'Node (2025-11-25)',
      group: 'alternatives',
      base: 'ceiling-http',
      bars: [
        ['portico', PORTICO],
        ['portico-sdk', "Portico, the SDK's McpServer"],
        ['server-2.x', OFFICIAL],
        ['mcp-handler', 'mcp-handler'],
        ['sdk-1.x', '@modelcontextprotocol/sdk'],
        ['hono-mcp', '@hono/mcp'],
        ['fastmcp', 'fastmcp'],
        ['ttoss', '@ttoss/http-server-mcp'],
      ],
    },
    framework('Express', 'express'),
    framework('Fastify', 'fastify'),
  ],
  [
    framework('Hono', 'hono'),
    { ...framework('Koa', 'koa'), bars: [['portico-koa-app', PORTICO]] },
    runtime('Bun', 'bun'),
    runtime('Deno', 'deno'),
    runtime('workerd', 'workerd'),
  ],
]

const COLUMN = 440
const LABEL = 208
const TRACK = 160
const ROW = 22
const HEAD = 30
const TOP = 64

/**
 * A picture of what each server does in the time in which its platform alone answers 100 requests, as SVG.
 *
 * @param samples - Of groups; panels whose group is missing are left out.
 */
export function plot(samples: readonly Sample[], title: string, subtitle: string): string {
  const columns = COLUMNS.map((panels, index) => drawColumn(samples, panels, index * COLUMN + 16))
  const height = Math.max(...columns.map(({ bottom }) => bottom)) + 8
  const width = COLUMN * COLUMNS.length
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13" fill="#6e7781">
  <text x="16" y="26" font-size="16" font-weight="600">${escaped(title)}</text>
  <text x="16" y="46">${escaped(subtitle)}</text>
  ${columns.flatMap(({ lines }) => lines).join('\n  ')}
</svg>
`
}

function drawColumn(samples: readonly Sample[], panels: readonly Panel[], left: number) {
  const lines: string[] = []
  let y = TOP
  for (const { title, group, base, bars } of panels) {
    const shares = bars.flatMap(([subject, label]) => {
      const ratio = ratioOf(samples, base, subject, workOf(group), 'cpu')
      return ratio === undefined ? [] : [{ label, share: ratio }]
    })
    if (shares.length === 0) continue
    lines.push(`<text x="${left}" y="${y + 18}" font-weight="600">${escaped(title)}</text>`)
    y += HEAD
    for (const { label, share } of shares) {
      lines.push(drawBar(label, share, left, y))
      y += ROW
    }
  }
  return { lines, bottom: y }
}

function drawBar(label: string, share: number, left: number, y: number): string {
  const start = left + LABEL
  const filled = Math.max(2, Math.min(share, 1) * TRACK)
  const color = label.startsWith(PORTICO) ? '#2f6feb' : '#8b949e'
  return `<text x="${start - 10}" y="${y + 12}" text-anchor="end">${escaped(label)}</text>
  <rect x="${start}" y="${y}" width="${TRACK}" height="${ROW - 8}" rx="2" fill="#8b949e" opacity="0.2"/>
  <rect x="${start}" y="${y}" width="${filled.toFixed(1)}" height="${ROW - 8}" rx="2" fill="${color}"/>
  <text x="${start + TRACK + 8}" y="${y + 12}">${(share * 100).toFixed(0)} %</text>`
}

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
