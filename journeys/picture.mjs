// Makes docs/dashboard.png again: `node journeys/picture.mjs`, once the packages are built.
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withDashboard } from '@portico-mcp/dashboard'
import { withGuard } from '@portico-mcp/guard'
import { toNodeHandler } from '@portico-mcp/node'
import { chromium } from 'playwright-core'
import { z } from 'zod'

const trip = {
  from: z.string().describe('Where to leave'),
  to: z.string().describe('Where to arrive'),
  when: z.object({
    day: z.enum(['today', 'tomorrow', 'weekend']).default('tomorrow'),
    after: z.string().optional().describe('The earliest departure, as `HH:MM`'),
  }),
  bicycles: z.number().int().min(0).max(4).default(0).describe('How many are taken along'),
}
const leg = z.object({ train: z.string(), leaves: z.string(), arrives: z.string(), platform: z.number() })
const legs = [
  { train: 'IC 8', leaves: '09:02', arrives: '09:58', platform: 31 },
  { train: 'R 341', leaves: '10:07', arrives: '10:41', platform: 4 },
]

function createTimetable() {
  const server = new McpServer(
    { name: 'timetable', title: 'Timetable', version: '2.3.0' },
    { capabilities: { logging: {} } },
  )
  const text = (text) => ({ content: [{ type: 'text', text }] })
  const readOnly = { readOnlyHint: true }
  server.registerTool(
    'plan-trip',
    {
      title: 'Plan a trip',
      description: 'Finds the **fastest** connection, and the platforms to change at.',
      annotations: readOnly,
      inputSchema: trip,
      outputSchema: { minutes: z.number(), legs: z.array(leg) },
    },
    async ({ from, to }, { _meta, sendNotification }) => {
      const { progressToken } = _meta ?? {}
      const params = { progressToken, progress: 2, total: 2, message: 'compared 2 of 2 timetables' }
      if (progressToken !== undefined) await sendNotification({ method: 'notifications/progress', params })
      return { ...text(`${from} to ${to} in 99 minutes`), structuredContent: { minutes: 99, legs } }
    },
  )
  const others = {
    'find-station': ['Find a station', 'Looks for stations by name', readOnly],
    departures: ['Departures', 'The next trains of a station', readOnly],
    'reserve-seat': ['Reserve a seat', 'Asks where you like to sit', {}],
    'cancel-reservation': ['Cancel a reservation', 'Gives a seat back', { destructiveHint: true }],
    'watch-delays': ['Watch delays', 'Tells of delays as they come', readOnly],
  }
  for (const [name, [title, description, annotations]] of Object.entries(others)) {
    server.registerTool(name, { title, description, annotations }, async () => text('done'))
  }
  server.registerPrompt('weekend', { description: 'Plans a weekend by train' }, async () => ({
    messages: [],
  }))
  server.registerResource('network', 'timetable://network', { mimeType: 'application/json' }, async () => ({
    contents: [],
  }))
  return server
}

const handler = withDashboard(createMcpHandler(createTimetable))
const server = createServer(toNodeHandler(withGuard(handler)))
await new Promise((up) => server.listen(0, '127.0.0.1', up))
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
})
try {
  const page = await browser.newPage({ viewport: { width: 1480, height: 820 } })
  await page.goto(`${handler.dashboardUrl(`http://127.0.0.1:${server.address().port}`)}#/tools/plan-trip`)
  await page.locator('.connection.connected').waitFor()
  await page.getByRole('textbox', { name: 'from', exact: true }).fill('Zürich HB')
  await page.getByRole('textbox', { name: 'to', exact: true }).fill('Luzern')
  await page.getByRole('button', { name: 'Call tool' }).click()
  await page.locator('.verdict.done').waitFor()
  await page.mouse.move(0, 0)
  const path = process.argv[2] ?? fileURLToPath(new URL('../docs/dashboard.png', import.meta.url))
  await page.screenshot({ path })
} finally {
  await browser.close()
  server.close()
  server.closeAllConnections()
  await handler.close()
}
