import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { startInspector } from '@portico-mcp/inspect'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { serveApp, serveHostileApp } from './testing/app-servers.ts'
import { isChromiumMissing } from './testing/chromium.ts'
import { call, DashboardPages, outcomeOf, violations } from './testing/dashboard-pages.ts'
import { closeServers } from './testing/server.ts'
import { serveBench, serveBroken, serveSdkOnly, serveTasks } from './testing/workbench-servers.ts'

const VIEWER = ['request chrome-extension://', 'request chrome://']

describe.skipIf(isChromiumMissing())('the workbench', () => {
  let pages: DashboardPages
  let origin: string
  beforeAll(async () => {
    pages = await DashboardPages.launch()
    origin = await serveBench()
  })
  afterEach(async () => {
    expect(await pages.end()).toEqual([])
  })
  afterAll(async () => {
    await pages?.browser.close()
    closeServers()
  })

  const history = (page: Page) => page.getByRole('region', { name: 'History' })

  describe('keeps', () => {
    it('arguments and outcome while another tool is chosen, and over a reload', async () => {
      const page = await pages.open(origin, 'tools/echo')
      await page.getByLabel('text').fill('kept words')
      await page.getByLabel('password').fill('hunter2hunter2')
      expect(await call(page)).toContain('said kept words')
      await page.goto(`${origin}/#/tools/count`)
      await page.getByRole('heading', { name: 'count', exact: true }).waitFor()
      await page.goto(`${origin}/#/tools/echo`)
      await page.getByText('said kept words').waitFor()
      await expect.poll(() => page.getByLabel('password').inputValue()).toBe('hunter2hunter2')
      await page.getByLabel('text').fill('not sent yet')
      await page.reload()
      await page.getByText('said kept words').waitFor()
      await expect.poll(() => page.getByLabel('text').inputValue()).toBe('not sent yet')
      const stored = () => page.evaluate(() => JSON.stringify({ ...localStorage }))
      expect(await stored()).not.toContain('hunter2')
    })

    it('no tokens of results', async () => {
      const page = await pages.open(origin, 'tools/token')
      expect(await call(page)).toContain('Bearer hunter2hunter2')
      await page.reload()
      await outcomeOf(page).getByText('Bearer [redacted]').first().waitFor()
      expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('hunter2')
    })

    it('calls, to repeat, change, pin and compare', async () => {
      const page = await pages.open(origin, 'tools/echo')
      for (const words of ['one', 'two']) {
        await page.getByLabel('text').fill(words)
        await call(page)
      }
      const past = history(page).locator('li')
      await expect.poll(() => past.count()).toBe(2)
      await past.filter({ hasText: '"one"' }).getByRole('button', { name: 'Run again' }).click()
      await outcomeOf(page).getByText('said one').waitFor()
      await expect.poll(() => past.count()).toBe(3)
      await past.last().getByRole('button', { name: 'Edit' }).click()
      await expect.poll(() => page.getByLabel('text').inputValue()).toBe('one')
      await page.waitForFunction(() => document.activeElement?.matches('form textarea'))

      await past.last().getByRole('button', { name: 'Pin' }).click()
      await expect.poll(() => past.first().innerText()).toContain('"one"')
      await past.filter({ hasText: '"two"' }).getByLabel('Compare').check()
      await past.first().getByLabel('Compare').check()
      const compared = await page.getByRole('region', { name: 'Comparison' }).innerText()
      expect(compared).toContain('−   "text": "one"')
      expect(compared).toContain('+   "text": "two"')
      await page.reload()
      await expect.poll(() => past.count()).toBe(3)
      await page.getByRole('button', { name: 'Clear history' }).click()
      await expect.poll(() => past.count()).toBe(1)
      await past.locator('.what-was').click()
      await outcomeOf(page).getByText('said one').waitFor()
    })

    it('a call that goes on while another tool is chosen', async () => {
      const page = await pages.open(origin, 'tools/wait')
      await page.getByRole('button', { name: 'Call tool' }).click()
      await page.getByText('1 of 2').waitFor()
      await page.goto(`${origin}/#/tools/echo`)
      await page.getByRole('heading', { name: 'echo', exact: true }).waitFor()
      await page.goto(`${origin}/#/tools/wait`)
      await page.getByRole('button', { name: 'Cancel', exact: true }).click()
      await history(page).getByText('cancelled').waitFor({ state: 'attached' })
    })
  })

  it('fills in the arguments of a link, and sends nothing', async () => {
    const page = await pages.open(origin, 'tools/echo')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByLabel('text').fill('of a link & more')
    await page.getByRole('button', { name: 'Copy link with these arguments' }).click()
    await page.getByText('Copied').waitFor()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    const other = await pages.open(origin, new URL(link).hash.slice(2))
    await other.getByLabel('text').waitFor()
    await expect.poll(() => other.getByLabel('text').inputValue()).toBe('of a link & more')
    expect(other.url()).toBe(`${origin}/#/tools/echo`)
    await expect.poll(() => outcomeOf(other).count()).toBe(0)
  })

  it('groups tools by prefix, and finds them with the keyboard', async () => {
    const page = await pages.open(origin, 'tools')
    await page.getByRole('heading', { name: 'order 6' }).waitFor()
    await page.getByRole('heading', { name: 'user 6' }).waitFor()
    const search = page.getByLabel('Search tools')
    await search.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('href'))
    expect(await focused()).toBe('#/tools/order_2')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.type('user_4')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'user_4', exact: true }).waitFor()
  })

  describe('goes on from traffic', () => {
    const connect = async (name: string) => {
      const client = new Client({ name, version: '1.0.0' })
      await client.connect(new StreamableHTTPClientTransport(new URL(`${origin}/mcp`)))
      return client
    }

    const openRow = async (page: Page, words: string) => {
      const row = page.locator('.traffic > li', { hasText: words }).first()
      await row.locator('summary').first().click()
      return row
    }

    it('from a failed call to the same call with other arguments', async () => {
      const client = await connect('failing')
      await client.callTool({ name: 'divide', arguments: { by: 0 } })
      const page = await pages.open(origin, 'traffic')
      await page.getByLabel('Status').selectOption('error')
      const row = await openRow(page, 'divide')
      await expect
        .poll(() => row.getByRole('region', { name: 'Timing' }).innerText())
        .toMatch(/Handling it [\d.]+ ms/)
      await row.getByRole('button', { name: 'Open in workbench' }).click()
      await page.getByRole('heading', { name: 'divide', exact: true }).waitFor()
      await expect.poll(() => page.getByLabel('by').inputValue()).toBe('0')
      await page.getByLabel('by').fill('4')
      expect(await call(page)).toContain('is 25')
      await client.close()
    })

    it('to the same request again, as it was or edited', async () => {
      const client = await connect('replaying')
      await client.callTool({ name: 'echo', arguments: { text: 'first' } })
      const page = await pages.open(origin, 'traffic')
      await page.getByLabel('Client').selectOption('replaying')
      await page.getByLabel('Tool or name').selectOption('echo')
      const row = await openRow(page, 'echo')
      await row.getByRole('button', { name: 'Replay', exact: true }).click()
      await row.getByRole('region', { name: 'replayed response' }).getByText('said first').waitFor()
      await row.getByText('Compare with the recorded response').click()
      await row.getByText('No difference').waitFor()
      await row.getByRole('button', { name: 'Edit and replay' }).click()
      const editor = row.getByLabel('Request to replay')
      await editor.fill((await editor.inputValue()).replace('first', 'second'))
      await row.getByRole('button', { name: 'Send', exact: true }).click()
      await row.getByRole('region', { name: 'replayed response' }).getByText('said second').waitFor()
      await client.close()
    })

    it('to curl, a client call and an audit case', async () => {
      const client = await connect('copying')
      await client.callTool({ name: 'echo', arguments: { text: "it's" } })
      const page = await pages.open(origin, 'traffic')
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      const row = await openRow(page, 'echo')
      const copy = async (name: string): Promise<string> => {
        await row.getByRole('button', { name }).click()
        await row.getByText('Copied').waitFor()
        await row.getByText('Copied').waitFor({ state: 'detached' })
        return page.evaluate(() => navigator.clipboard.readText())
      }
      const curl = await copy('Copy as curl')
      expect(curl).toContain(`curl -sS '${origin}/mcp'`)
      expect(curl).toContain(`it'\\''s`)
      expect(await copy('Copy as TypeScript client call')).toMatch(/client\.callTool\(\{\s+"name": "echo"/)
      expect(await copy('Copy as audit case')).toContain('client.legacy("tools/call"')
      await client.close()
    })

    it('to files and back, and shows the requests of the page when asked', async () => {
      const client = await connect('exported')
      await client.callTool({ name: 'echo', arguments: { text: 'in a file' } })
      const page = await pages.open(origin, 'traffic')
      await page.locator('.traffic > li').first().waitFor()
      expect(await page.locator('.traffic').innerText()).not.toContain('server/discover')
      await page.getByLabel('Show this page’s requests').check()
      await page.locator('.traffic').getByText('server/discover').first().waitFor()
      await page.getByRole('button', { name: 'Reset filters' }).click()
      for (const [button, name] of [
        ['Export JSON', 'traffic.json'],
        ['Export HAR', 'traffic.har'],
      ] as const) {
        const saving = page.waitForEvent('download')
        await page.getByRole('button', { name: button }).click()
        const saved = await saving
        expect(saved.suggestedFilename()).toBe(name)
        await page.getByLabel('Traffic file').setInputFiles(await saved.path())
        await page.getByText('requests of a file are shown').waitFor()
        await page.getByLabel('Tool or name').selectOption('echo')
        const row = await openRow(page, 'echo')
        await row.getByRole('region', { name: 'request' }).getByText('in a file').waitFor()
        await page.getByRole('button', { name: 'Reset filters' }).click()
        await page.getByRole('button', { name: 'Back to live traffic' }).click()
      }
      await client.close()
    })
  })

  it('stays responsive with 5,000 log lines and 1,000 progress updates', async () => {
    const page = await pages.open(origin, 'tools/flood')
    await page.evaluate(() => {
      const frames = { longest: 0, last: performance.now() }
      Object.assign(globalThis, { frames })
      const tick = (now: number): void => {
        frames.longest = Math.max(frames.longest, now - frames.last)
        frames.last = now
        requestAnimationFrame(tick)
      }
      requestAnimationFrame(tick)
    })
    const text = await call(page)
    const longest = await page.evaluate(() => (globalThis as any).frames.longest)
    console.log(`longest frame with 5,000 log lines and 1,000 progress updates: ${Math.round(longest)} ms`)
    expect(text).toMatch(/Logs\s+5000/)
    expect(text).toContain('1000 of 1000 · 1000 updates')
    await expect.poll(() => page.locator('.log-line').count()).toBeLessThan(60)
    await page.getByRole('log').evaluate((list) => list.scrollTo(0, list.scrollHeight))
    await page.getByText(/line 4999$/).waitFor()
    await page.locator('.log-view select').selectOption('error')
    await page.getByText('4950 lines of lower levels hidden').waitFor()
  })

  it('counts the log lines that it leaves out', async () => {
    const page = await pages.open(origin, 'tools/flood')
    await page.getByLabel('lines').fill('12000')
    const text = await call(page)
    expect(text).toMatch(/Logs\s+12000/)
    expect(text).toContain('2000 earlier lines left out')
  })

  it('marks what does not match the schema, and sends it anyway when asked', async () => {
    const page = await pages.open(origin, 'tools/book')
    await page.getByRole('button', { name: 'Call tool' }).click()
    await page.getByText('3 values do not match the schema').waitFor()
    await expect.poll(() => outcomeOf(page).count()).toBe(0)
    const email = page.getByLabel('email')
    expect(await email.getAttribute('aria-invalid')).toBe('true')
    await email.fill('ann')
    await page.getByText('must be an email address').waitFor()
    await email.fill('ann@example.com')
    await page.getByLabel('seats').fill('5')
    await page.getByText('must be at most 4').waitFor()
    await page.getByRole('button', { name: 'Now for at' }).click()
    await page.getByText('One value does not match the schema').waitFor()
    await page.getByRole('button', { name: 'Send anyway' }).click()
    await page.locator('.verdict.bad').waitFor()
    await page.getByLabel('seats').fill('4')
    await page.getByLabel('Pick a time for at').fill('2026-05-06T07:08:09')
    await expect
      .poll(() => page.getByPlaceholder('2026-01-31T12:00:00Z').inputValue())
      .toMatch(/^2026-05-0\dT\d\d:08:09.000Z$/)
    expect(await call(page)).toContain('booked 2026-05-0')
  })

  it('opens links to resources, previews files and tables, and saves files', async () => {
    // the browser's own viewer of PDFs
    pages.allowed = VIEWER
    const page = await pages.open(origin, 'tools/documents')
    await call(page)
    const saving = page.waitForEvent('download')
    await page.locator('.card', { hasText: 'raw.bin' }).getByRole('button', { name: 'Download' }).click()
    const saved = await saving
    expect(saved.suggestedFilename()).toBe('raw.bin')
    expect(await page.getByTitle('PDF from the server').getAttribute('src')).toMatch(/^blob:/)
    const prices = page.getByRole('region', { name: 'Table of text' })
    expect(await prices.locator('td').allInnerTexts()).toEqual(['Tea, green', '3', 'Milk', '1'])
    await page.getByRole('button', { name: 'Open today' }).click()
    await page.getByText('Read me today').waitFor()
    expect(page.url()).toBe(`${origin}/#/resources/${encodeURIComponent('file:///notes/today.md')}`)
  })

  it('shows JSON as a tree to fold and search, and as a table', async () => {
    pages.allowed = VIEWER
    const page = await pages.open(origin, 'tools/documents')
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await call(page)
    await page.getByRole('group', { name: 'Show structured content as' }).getByText('Tree').click()
    const tree = page.getByRole('region', { name: 'Tree of structured content' })
    await tree.getByText('rows').click()
    await tree.getByText('{ name, price, origin }').first().waitFor()
    await page.getByLabel('Search structured content').fill('denmark')
    await tree.getByText('1 found').waitFor()
    await tree.getByRole('button', { name: 'Copy path $.rows[1].origin.country' }).click()
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('$.rows[1].origin.country')
    await page.getByRole('group', { name: 'Show structured content as' }).getByText('Table').click()
    const table = page.getByRole('region', { name: 'Table of structured content' })
    expect(await table.locator('th').allInnerTexts()).toEqual(['name', 'price', 'origin'])
  })

  describe('shows MCP Apps', () => {
    it('that call tools of the server, and logs what they do', async () => {
      const app = await serveApp()
      const page = await pages.open(app, 'tools/get-time')
      await call(page)
      const frame = page.frameLocator('.app-frame')
      await frame.getByRole('button', { name: 'Get Server Time' }).click()
      await page.getByText(/^What the app does/).click()
      const events = page.getByRole('list', { name: 'Events of the app' })
      await events.getByText('tools/call').first().waitFor()
      await expect.poll(() => events.innerText()).toContain('initialized')
      await page.getByRole('button', { name: 'Full screen' }).click()
      await page.getByRole('button', { name: 'Leave full screen' }).click()
      expect(await page.locator('.app-frame').getAttribute('sandbox')).toBe('allow-scripts allow-forms')
    })

    it.each([
      ['get-time of React', 'Get Server Time'],
      ['get-budget-data', 'Budget'],
    ] as const)('of published examples: %s', async (name, words) => {
      const page = await pages.open(await serveApp(name), `tools/${name.split(' ')[0]}`)
      await call(page)
      await page.frameLocator('.app-frame').getByText(words).first().waitFor()
    })

    it('that reach neither the page, its cookie, its API nor other sites', async () => {
      pages.allowed = ['policy ', 'request https://evil.example/']
      const page = await pages.open(await serveHostileApp(), 'tools/attack')
      await call(page)
      const frame = page.frameLocator('.app-frame')
      await frame.getByText('ended').waitFor()
      const lines = await frame.locator('p').allInnerTexts()
      expect(lines).toEqual([
        'page: blocked',
        'storage: blocked',
        'own: blocked',
        'cookie: blocked',
        'top: blocked',
        'api: blocked',
        'endpoint: blocked',
        'image: blocked',
        'dialog: blocked',
      ])
      expect(page.url()).toContain('#/tools/attack')
    })
  })

  it('hands the server over to clients, by a file, a link or the registry', async () => {
    const page = await pages.open(origin)
    const textOf = async (client: string): Promise<string> => {
      await page.getByRole('button', { name: client, exact: true }).click()
      return page.getByRole('region', { name: `Configuration of ${client}` }).innerText()
    }
    expect(JSON.parse(await textOf('Windsurf'))).toEqual({
      mcpServers: { bench: { serverUrl: `${origin}/mcp` } },
    })
    expect(await textOf('Goose')).toContain(`uri: "${origin}/mcp"`)
    expect(JSON.parse(await textOf('server.json'))).toMatchObject({
      name: 'com.example/bench',
      version: '1.0.0',
      remotes: [{ type: 'streamable-http', url: `${origin}/mcp` }],
    })
    await textOf('Cursor')
    const link = await page.getByRole('button', { name: 'Add to Cursor' }).getAttribute('data-link')
    const { protocol, searchParams } = new URL(link as string)
    expect(protocol).toBe('cursor:')
    expect(JSON.parse(atob(searchParams.get('config') as string))).toEqual({ url: `${origin}/mcp` })
    await textOf('VS Code')
    const install = await page.getByRole('button', { name: 'Add to VS Code' }).getAttribute('data-link')
    expect(JSON.parse(decodeURIComponent((install as string).split('?')[1] as string))).toEqual({
      name: 'bench',
      type: 'http',
      url: `${origin}/mcp`,
    })
  })

  it('opens any server, and speaks the era that it knows', async () => {
    const { url, close } = await startInspector({ target: { url: await serveSdkOnly() } })
    const context = await pages.browser.newContext()
    const page = await context.newPage()
    await page.goto(`${url}#/tools/add`)
    await page.getByLabel('one').fill('2')
    await page.getByLabel('other').fill('3')
    expect(await call(page)).toContain('is 5')
    await expect.poll(() => page.getByLabel('Protocol').inputValue()).toBe('2025')
    await context.close()
    await close()
  })

  it('leads from a failed call of a client to the right one, and to an app, in a few steps', async () => {
    const client = new Client({ name: 'in trouble', version: '1.0.0' })
    await client.connect(new StreamableHTTPClientTransport(new URL(`${origin}/mcp`)))
    await client.callTool({ name: 'divide', arguments: { by: 0 } })
    const page = await pages.open(origin)
    const began = performance.now()
    const steps: (() => Promise<unknown>)[] = [
      () => page.getByRole('link', { name: /^Traffic/ }).click(),
      () => page.getByLabel('Client').selectOption('in trouble'),
      () => page.locator('.traffic > li', { hasText: 'divide' }).locator('summary').first().click(),
      () => page.getByRole('button', { name: 'Open in workbench' }).click(),
      () => page.getByLabel('by').fill('5'),
      () => page.getByRole('button', { name: 'Call tool' }).click(),
    ]
    for (const step of steps) await step()
    await outcomeOf(page).getByText('is 20').waitFor()
    console.log(`a failed call, repeated: ${steps.length} steps, ${Math.round(performance.now() - began)} ms`)
    await client.close()

    const other = await pages.open(await serveApp())
    const start = performance.now()
    await other.getByRole('link', { name: /^Tools/ }).click()
    await other.getByRole('link', { name: /^Get Time/ }).click()
    await other.getByRole('button', { name: 'Call tool' }).click()
    await other.frameLocator('.app-frame').getByRole('button', { name: 'Get Server Time' }).waitFor()
    console.log(`an app, tried: 3 steps, ${Math.round(performance.now() - start)} ms`)
  })

  it.each(['light', 'dark'] as const)('has no violation that axe knows, %s', async (colorScheme) => {
    const page = await pages.open(origin, 'tools/echo', { colorScheme, reducedMotion: 'reduce' })
    await page.getByLabel('text').fill('a text that is long enough for a tree')
    await call(page)
    await page.getByRole('button', { name: 'Run again' }).click()
    await history(page).locator('li').nth(1).waitFor()
    for (const box of await history(page).getByLabel('Compare').all()) await box.check()
    await page.getByText('Raw result').click()
    await page.getByRole('group', { name: 'Show raw result as' }).getByText('Tree').click()
    await page.getByText('Messages', { exact: true }).click()
    const found = await violations(page)
    await page.evaluate(() => {
      location.hash = '#/tools/book'
    })
    await page.getByRole('heading', { name: 'book', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Call tool' }).click()
    await page.getByText('values do not match').waitFor()
    found.push(...(await violations(page)))
    await page.evaluate(() => {
      location.hash = '#/tools/flood'
    })
    await page.getByRole('heading', { name: 'flood', exact: true }).waitFor()
    await call(page)
    found.push(...(await violations(page)))
    await page.evaluate(() => {
      location.hash = '#/traffic'
    })
    await page.getByLabel('Show this page’s requests').check()
    const row = page.locator('.traffic > li', { hasText: 'echo' }).first()
    await row.locator('summary').first().click()
    await row.getByRole('button', { name: 'Edit and replay' }).click()
    await row.getByRole('button', { name: 'Send', exact: true }).click()
    // a newer request may be the first row by now
    await page.getByRole('region', { name: 'replayed response' }).waitFor()
    found.push(...(await violations(page)))
    await page.evaluate(() => {
      location.hash = '#/audits'
    })
    await page.getByRole('button', { name: 'Run audits' }).waitFor()
    found.push(...(await violations(page)))
    expect(found).toEqual([])
  })

  it.each(['tools/echo', 'tools/book', 'tools/documents', 'traffic', 'audits'])(
    'fits into 360 pixels: %s',
    async (view) => {
      pages.allowed = VIEWER
      const page = await pages.open(origin, view, { viewport: { width: 360, height: 740 } })
      if (view === 'tools/echo') await page.getByLabel('text').fill('wide '.repeat(40))
      if (view.startsWith('tools/')) await call(page)
      if (view === 'traffic') {
        await page.getByLabel('Show this page’s requests').check()
        await page.locator('.traffic summary').first().click()
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    },
  )

  it('runs the audits, and opens the requests of those that fail', async () => {
    const page = await pages.open(origin, 'audits')
    await page.getByLabel('Run only cases whose id begins with').fill('modern/discover')
    await page.getByRole('button', { name: 'Run audits' }).click()
    await page.locator('.verdict.done').waitFor()
    await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/[1-9]\d* passed, 0 failed/)

    const broken = await serveBroken()
    const other = await pages.open(broken, 'audits')
    await other.getByLabel('Run only cases whose id begins with').fill('modern/discover')
    await other.getByRole('button', { name: 'Run audits' }).click()
    await other.locator('.verdict.bad').waitFor()
    const failed = other.locator('.audit-results > li').first()
    await failed.locator('.traffic summary').first().click()
    await failed.getByRole('button', { name: 'Replay', exact: true }).click()
    await failed.getByText('HTTP 200').last().waitFor()
  })

  it('follows tasks, answers what they ask, and cancels them', async () => {
    const page = await pages.open(await serveTasks(), 'tools/survey')
    await page.getByRole('button', { name: 'Call tool' }).click()
    await page.getByText('input required').waitFor()
    await page.getByLabel('colour').fill('blue')
    await page.getByRole('button', { name: 'Accept' }).click()
    await outcomeOf(page).getByText('likes blue').waitFor()
    await page.getByText('completed').waitFor()
    await page.evaluate(() => {
      location.hash = '#/tools/endless'
    })
    await page.getByRole('heading', { name: 'endless', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Call tool' }).click()
    await page.getByText('· working').waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.locator('.verdict.cancelled').waitFor()
    await page.getByText('· cancelled').first().waitFor()
  })

  describe('speaks', () => {
    it.each(['2025-11-25, session', '2025-11-25, stateless'])('%s', async (era) => {
      const withSessions = era.endsWith('session')
      const page = await pages.open(withSessions ? origin : await serveBench({ withSessions }), 'tools/echo')
      await page.getByLabel('Protocol').selectOption(era)
      await page.locator('.connection.connected').waitFor()
      await page.getByLabel('text').fill('as before')
      expect(await call(page)).toContain('said as before')
      await page.getByText('Messages', { exact: true }).click()
      await page.getByRole('list', { name: 'Messages' }).locator('summary.sent').first().click()
      const sent = JSON.parse(await page.getByRole('region', { name: 'sent tools/call' }).innerText())
      expect(sent.params._meta).not.toHaveProperty('io.modelcontextprotocol/protocolVersion')
      await expect.poll(() => history(page).innerText()).toContain(era)
    })

    it('2025-11-25 in a session, and hears what the server announces', async () => {
      const page = await pages.open(origin, 'tools/rewrite')
      await page.getByLabel('Protocol').selectOption('2025-11-25, session')
      await page.locator('.connection.connected').waitFor()
      expect(await call(page)).toContain('rewritten')
      await page.getByRole('link', { name: /^Changes/ }).click()
      await page.getByText('resources/list_changed').first().waitFor()
      await page.getByRole('link', { name: /^Sessions/ }).click()
      await page.locator('article', { hasText: 'portico-dashboard' }).first().waitFor()
    })

    it.each(['2026-07-28', '2025-11-25, session'])('for a model, roots and URLs in %s', async (era) => {
      const page = await pages.open(origin, 'tools/sample')
      await page.getByLabel('Protocol').selectOption(era)
      await page.locator('.connection.connected').waitFor()
      const choose = async (name: string): Promise<void> => {
        await page.evaluate((name) => {
          location.hash = `#/tools/${name}`
        }, name)
        await page.getByRole('heading', { name, exact: true }).waitFor()
        await call(page)
      }
      await choose('sample')
      await page.getByLabel('Reply of the model').fill('Yes')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await outcomeOf(page).getByText('the model says Yes').waitFor()
      await choose('list-roots')
      await page.getByLabel('Roots, one URI a line').fill('file:///a')
      await page.getByRole('button', { name: 'Send', exact: true }).click()
      await outcomeOf(page).getByText('roots: file:///a').waitFor()
      await choose('visit')
      await page.getByRole('link', { name: 'https://pay.example/7' }).waitFor()
      await page.getByRole('button', { name: 'Accept' }).click()
      await outcomeOf(page).getByText('visited: accept').waitFor()
    })

    it('of both eras with a server that asks, in place and by rules', async () => {
      const page = await pages.open(origin, 'tools/ask')
      for (const era of ['2026-07-28', '2025-11-25, session']) {
        await page.getByLabel('Protocol').selectOption(era)
        await page.locator('.connection.connected').waitFor()
        await call(page)
        await page.getByLabel('colour').fill('green')
        await page.getByRole('button', { name: 'Accept' }).click()
        await outcomeOf(page).getByText('accept green').waitFor()
        await page.getByRole('list', { name: 'Messages' }).count()
      }
      await call(page)
      await page.getByLabel('colour').fill('red')
      await page.getByLabel('Always answer like this').check()
      await page.getByRole('button', { name: 'Accept' }).click()
      await outcomeOf(page).getByText('accept red').waitFor()
      for (const era of ['2025-11-25, session', '2026-07-28']) {
        await page.getByLabel('Protocol').selectOption(era)
        await page.locator('.connection.connected').waitFor()
        expect(await call(page)).toMatch(/1 answered by rules[\s\S]*accept red/)
      }
    })
  })
})
