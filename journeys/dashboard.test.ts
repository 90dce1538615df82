import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { issueToken, startAuthorizationServer } from './testing/authorization-server.ts'
import { isChromiumMissing } from './testing/chromium.ts'
import { call, DashboardPages, outcomeOf, violations } from './testing/dashboard-pages.ts'
import { KEY, serveEverything, serveEvil, serveForms, serveGated, serveNotes } from './testing/dashboards.ts'
import { closeServers } from './testing/server.ts'
import { proxyBelow } from './testing/stripping-proxy.ts'

const VIEWS = [
  'overview',
  'tools',
  'tools/json_schema_2020_12_tool',
  'prompts/test_prompt_with_arguments',
  `resources/${encodeURIComponent('test://template/{id}/data')}`,
  'traffic',
  'changes',
  'sessions',
  'access',
]

describe.skipIf(isChromiumMissing())('the dashboard', () => {
  let pages: DashboardPages
  beforeAll(async () => {
    pages = await DashboardPages.launch()
  })
  afterEach(async () => {
    expect(await pages.end()).toEqual([])
  })
  afterAll(async () => {
    await pages?.browser.close()
    closeServers()
  })

  const open: DashboardPages['open'] = (...given) => pages.open(...given)

  describe('of a server with everything', () => {
    let origin: string
    beforeAll(async () => {
      origin = await serveEverything()
    })

    it('says what the server is, and how clients reach it', async () => {
      const page = await open(origin)
      await page.getByText('with sessions').waitFor()
      const text = await page.locator('main').innerText()
      for (const word of [
        'everything',
        'version 1.0.0',
        '2026-07-28',
        `${origin}/mcp`,
        'completions',
        'subscribe',
      ]) {
        expect(text).toContain(word)
      }
      await page.getByRole('button', { name: 'VS Code' }).click()
      const config = await page.getByRole('region', { name: 'Configuration of VS Code' }).innerText()
      expect(JSON.parse(config)).toEqual({ servers: { everything: { type: 'http', url: `${origin}/mcp` } } })
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      await page.getByRole('button', { name: 'Copy the configuration of VS Code' }).click()
      await page.getByText('Copied').waitFor()
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(config)
    })

    it('finds tools, and calls one', async () => {
      const page = await open(origin, 'tools')
      await page.getByLabel('Search tools').fill('simple')
      await expect.poll(() => page.locator('.list li').count()).toBe(1)
      await page.getByRole('link', { name: 'test_simple_text' }).click()
      expect(await call(page)).toMatch(
        /Done[\s\S]*HTTP 200 · [\d.]+ m?s[\s\S]*This is a simple text response/,
      )
    })

    it('shows progress and logs while a tool runs', async () => {
      const page = await open(origin, 'tools/test_tool_with_progress')
      expect(await call(page)).toContain('100 of 100')
      await page.goto(`${origin}/#/tools/test_tool_with_logging`)
      await page.getByRole('heading', { name: 'test_tool_with_logging' }).waitFor()
      expect(await call(page)).toMatch(/Logs[\s\S]*info/)
      await page.getByRole('combobox', { name: 'Logs' }).selectOption('off')
      await call(page)
      await expect.poll(() => page.getByRole('region', { name: 'Logs' }).count()).toBe(0)
    })

    it('shows images, sounds and resources', async () => {
      const page = await open(origin, 'tools/test_image_content')
      await call(page)
      const image = outcomeOf(page).getByRole('img')
      expect(await image.getAttribute('src')).toMatch(/^data:image\/png;base64,/)
      expect(await image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(1)
      await page.goto(`${origin}/#/tools/test_audio_content`)
      await page.getByRole('heading', { name: 'test_audio_content' }).waitFor()
      await call(page)
      expect(await page.locator('audio').getAttribute('src')).toMatch(/^data:audio\/wav/)
      await page.goto(`${origin}/#/tools/test_embedded_resource`)
      await page.getByRole('heading', { name: 'test_embedded_resource' }).waitFor()
      expect(await call(page)).toContain('test://embedded-resource')
    })

    it('shows errors of tools, and of the protocol', async () => {
      const page = await open(origin, 'tools/test_error_handling')
      expect(await call(page)).toMatch(/Error[\s\S]*This tool intentionally returns an error/)
      await page.goto(`${origin}/#/prompts/test_prompt_with_arguments`)
      await page.getByRole('heading', { name: 'test_prompt_with_arguments' }).waitFor()
      expect(await call(page, 'Get prompt')).toMatch(/Error[\s\S]*-32602/)
    })

    it('answers what a tool asks, in place', async () => {
      const page = await open(origin, 'tools/test_elicitation')
      await page.getByLabel('message').fill('Who are you?')
      expect(await call(page)).toContain('Waiting for your answer')
      const asked = page.getByRole('form', { name: 'What the server asks' })
      await asked.getByLabel('username').fill('ann')
      await asked.getByLabel('email').fill('ann@example.com')
      await asked.getByRole('button', { name: 'Accept' }).click()
      await page.getByText('action=accept').waitFor()
      await expect
        .poll(() => outcomeOf(page).innerText())
        .toMatch(/2 rounds[\s\S]*"username":"ann"[\s\S]*ann@example.com/)
      await call(page)
      await page.getByRole('button', { name: 'Decline' }).click()
      await page.getByText('action=decline').waitFor()
    })

    it('begins with the defaults that a question has, and stands in for a model', async () => {
      const page = await open(origin, 'tools/test_elicitation_sep1034_defaults')
      await call(page)
      await page.getByRole('button', { name: 'Accept' }).click()
      await page.getByText('action=accept').waitFor()
      await expect
        .poll(() => outcomeOf(page).innerText())
        .toContain(
          JSON.stringify({ name: 'John Doe', age: 30, score: 95.5, status: 'active', verified: true }),
        )
      await page.goto(`${origin}/#/tools/test_sampling`)
      await page.getByLabel('prompt').fill('Say hello')
      await call(page)
      await page.getByLabel('Reply of the model').fill('Hello there')
      await page.getByRole('button', { name: 'Send' }).click()
      await page.getByText('LLM response: Hello there').waitFor()
    })

    it('cancels a call, and the server hears of it', async () => {
      const page = await open(await serveForms(), 'tools/wait')
      await page.getByRole('button', { name: 'Call tool' }).click()
      await page.getByText('1 of 2').waitFor()
      await page.getByRole('button', { name: 'Cancel' }).click()
      await expect.poll(() => outcomeOf(page).innerText()).toContain('Cancelled')
      await page.getByRole('link', { name: /^Traffic/ }).click()
      await page.getByLabel('Show this page’s requests').check()
      await page.locator('.traffic > li', { hasText: 'wait' }).locator('summary.left').waitFor()
    })

    it('completes and gets prompts', async () => {
      const page = await open(origin, 'prompts/test_prompt_with_arguments')
      await page.getByLabel('arg1').fill('par')
      await page.locator('option[value=party]').waitFor({ state: 'attached' })
      await page.getByLabel('arg1').fill('paris')
      await page.getByLabel('arg2').fill('two')
      expect(await call(page, 'Get prompt')).toContain("arg1='paris', arg2='two'")
    })

    it('reads resources and templates', async () => {
      const page = await open(origin, `resources/${encodeURIComponent('test://template/{id}/data')}`)
      await page.getByLabel('id').fill('7 8')
      expect(await call(page, 'Read')).toContain('test://template/7%208/data')
      await page.goto(`${origin}/#/resources/${encodeURIComponent('test://static-text')}`)
      await page.getByRole('heading', { name: 'static' }).first().waitFor()
      expect(await call(page, 'Read')).toContain('static text resource')
    })

    it('shows the traffic of all clients, with bodies and without secrets', async () => {
      const page = await open(origin, 'traffic')
      const client = new Client({ name: 'elsewhere', version: '1.0.0' })
      const headers = { authorization: 'Bearer hunter2hunter2' }
      await client.connect(
        new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { requestInit: { headers } }),
      )
      await client.callTool({ name: 'test_error_handling' })
      await page.getByLabel('Search the traffic').fill('tools/call')
      const row = page.locator('.traffic > li').first()
      await row.getByText('test_error_handling').waitFor()
      await expect
        .poll(() => row.innerText())
        .toMatch(/tools\/call\s+test_error_handling\s+2025\s+200\s+[\d.]+ ms/)
      await row.locator('summary').first().click()
      await expect
        .poll(() => row.getByRole('region', { name: 'request' }).innerText())
        .toContain('"method": "tools/call"')
      await expect
        .poll(() => row.getByRole('region', { name: 'response' }).innerText())
        .toContain('intentionally returns an error')
      await row.getByText('POST /mcp').click()
      await expect.poll(() => row.innerText()).toMatch(/authorization\s+\[redacted\]/)
      expect(await page.content()).not.toContain('hunter2')

      await page.goto(`${origin}/#/sessions`)
      const card = page.locator('article', { hasText: 'elsewhere' })
      await expect.poll(() => card.innerText()).toMatch(/Age\s+\d+ s/)
      await card.getByRole('button', { name: 'End session' }).click()
      await card.waitFor({ state: 'detached' })
      await expect(client.listTools()).rejects.toThrow()
      await client.close()
    })

    it('hears of changes, and reads the list again', async () => {
      const page = await open(origin, 'tools/test_trigger_tool_change')
      await call(page)
      await page.goto(`${origin}/#/changes`)
      await page.getByText('tools/list_changed').waitFor()
      await expect.poll(() => page.locator('main').innerText()).toContain('The stream is open')
    })

    it.each(['light', 'dark'] as const)('has no violation that axe knows, %s', async (colorScheme) => {
      const page = await open(origin, 'tools/test_elicitation', { colorScheme, reducedMotion: 'reduce' })
      await page.getByLabel('message').fill('Who are you?')
      await call(page)
      const found = await violations(page)
      await page.getByRole('button', { name: 'Accept' }).click()
      await page.locator('.verdict:not(.running):not(.asking)').waitFor()
      found.push(...(await violations(page)))
      for (const view of VIEWS) {
        await page.goto(`${origin}/#/${view}`)
        await page.waitForTimeout(100)
        if (view === 'traffic') {
          await page.getByLabel('Show this page’s requests').check()
          await page.locator('.traffic summary').first().click()
        }
        found.push(...(await violations(page)).map((violation) => `${view}: ${violation}`))
      }
      expect(found).toEqual([])
    })

    it.each(VIEWS)('fits into 360 pixels: %s', async (view) => {
      const page = await open(origin, view, { viewport: { width: 360, height: 740 } })
      await page.waitForTimeout(200)
      if (view === 'traffic') {
        await page.getByLabel('Show this page’s requests').check()
        await page.locator('.traffic summary').first().click()
      }
      if (view.startsWith('tools/')) {
        await page.getByRole('button', { name: 'Add address' }).click()
        await call(page)
      }
      const [wide, over] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        [...document.querySelectorAll('main *, aside *')]
          .filter(
            (element) =>
              element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.unseen'),
          )
          .map(({ outerHTML }) => outerHTML.slice(0, 80)),
      ])
      expect(wide).toBe(360)
      expect(over).toEqual([])
    })

    it('is used with the keyboard alone', async () => {
      const page = await open(origin)
      const { keyboard } = page
      const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '')
      await keyboard.press('Tab')
      expect(await focused()).toBe('Skip to content')
      await keyboard.press('Tab')
      await keyboard.press('Tab')
      expect(await focused()).toMatch(/^Tools/)
      await keyboard.press('Enter')
      await page.getByLabel('Search tools').waitFor()
      await keyboard.press('/')
      await keyboard.type('test_elicitation')
      await keyboard.press('Tab')
      expect(await focused()).toMatch(/^test_elicitation/)
      await keyboard.press('Enter')
      await page.getByRole('heading', { name: 'test_elicitation' }).waitFor()
      await page.waitForFunction(() => document.activeElement?.matches('.detail'))
      while (!(await page.evaluate(() => document.activeElement?.matches('textarea'))))
        await keyboard.press('Tab')
      await keyboard.type('Who?')
      await keyboard.press('Control+Enter')
      await page.getByRole('form', { name: 'What the server asks' }).waitFor()
      await page.waitForFunction(() => document.activeElement?.closest('.asked'))
      await keyboard.type('ann')
      await keyboard.press('Tab')
      await keyboard.type('ann@example.com')
      await keyboard.press('Control+Enter')
      await page.getByText('action=accept').waitFor()
      await expect.poll(() => outcomeOf(page).innerText()).toContain('"username":"ann"')
      const ring = await page.evaluate(() => {
        const button = document.querySelector<HTMLElement>('button.primary')!
        button.focus()
        return getComputedStyle(button).outlineStyle
      })
      expect(ring).toBe('solid')
    })

    it('is light or dark as the system is, or as somebody wants it', async () => {
      const page = await open(origin, 'overview', { colorScheme: 'dark' })
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const dark = await ground()
      await page.getByLabel('Theme').selectOption('light')
      const light = await ground()
      expect(light).not.toBe(dark)
      await page.reload()
      expect(await ground()).toBe(light)
      await page.getByLabel('Theme').selectOption('system')
      expect(await ground()).toBe(dark)
    })
  })

  it('of the notes, reads on as they change', async () => {
    const origin = await serveNotes()
    const page = await open(origin, 'tools/add-note')
    await page.getByLabel('text').fill('Buy milk')
    expect(await call(page)).toMatch(/Saved note:\/\/\d+: Buy milk/)
    await page.getByRole('link', { name: /^Resources/ }).click()
    await page.locator('.list li a').first().click()
    expect(await call(page, 'Read')).toContain('Buy milk')
    await page.goto(`${origin}/#/tools/add-note`)
    await page.getByLabel('text').fill('Sell bread')
    await call(page)
    await page.goto(`${origin}/#/changes`)
    await page.getByText('resources/list_changed').first().waitFor()
    await page.getByRole('link', { name: /^Resources 2/ }).waitFor()
  })

  describe('makes forms', () => {
    it('of nested objects, arrays, choices, unions and defaults', async () => {
      const page = await open(await serveForms(), 'tools/order')
      await expect.poll(() => page.getByLabel('count').inputValue()).toBe('3')
      await page.getByLabel('title').fill('Cake')
      await page.getByLabel('size').selectOption('large')
      await page.getByLabel('isGift').uncheck()
      await page.getByLabel('street').fill('Main St')
      await page.getByRole('button', { name: 'Add geo' }).click()
      await page.getByLabel('lat').fill('47.5')
      await page.getByRole('button', { name: 'Add an item to lines' }).click()
      await page.getByRole('button', { name: 'Add an item to lines' }).click()
      await page.getByLabel('name').nth(0).fill('flour')
      await page.getByLabel('name').nth(1).fill('sugar')
      await page.getByLabel('price').nth(1).fill('2.5')
      await page.getByRole('button', { name: 'Remove lines, item 1' }).click()
      await page.getByLabel('pepper').check()
      await page.getByLabel('chili').check()
      await page.getByLabel('Shape of shape').selectOption({ label: 'box' })
      await page.getByRole('button', { name: 'Add an item to sides' }).click()
      await page.getByLabel('sides, item 1', { exact: true }).fill('4')
      await page.getByRole('button', { name: 'Add labels' }).click()
      await page.getByRole('button', { name: 'Add entry' }).click()
      await page.getByLabel('Name of entry 1').fill('colour')
      await page.getByLabel('Name of entry 1').blur()
      await page.getByLabel('Value of colour').fill('red')
      await page.getByRole('button', { name: 'Add note' }).click()
      await page.getByLabel('Shape of note').selectOption({ label: 'null' })
      await call(page)
      const given = JSON.parse(await page.getByRole('region', { name: 'structured content' }).innerText())
      expect(given.given).toEqual({
        title: 'Cake',
        count: 3,
        size: 'large',
        isGift: false,
        address: { street: 'Main St', geo: { lat: 47.5 } },
        lines: [{ name: 'sugar', price: 2.5 }],
        toppings: ['pepper', 'chili'],
        shape: { kind: 'box', sides: [4] },
        labels: { colour: 'red' },
        note: null,
      })
    })

    it('that are JSON as well', async () => {
      const page = await open(await serveForms(), 'tools/order')
      await page.getByLabel('title').fill('Cake')
      await page.getByRole('button', { name: 'JSON', exact: true }).click()
      const editor = page.getByLabel('Arguments in JSON')
      const args = JSON.parse(await editor.inputValue())
      expect(args).toMatchObject({ title: 'Cake', count: 3 })
      await editor.fill('{"title": ')
      await expect.poll(() => page.getByRole('button', { name: 'Call tool' }).isDisabled()).toBe(true)
      await page.getByRole('alert').waitFor()
      const whole = { ...args, size: 'small', address: { street: 'x' }, shape: { kind: 'circle', radius: 2 } }
      await editor.fill(JSON.stringify(whole))
      await page.getByRole('button', { name: 'Form', exact: true }).click()
      await expect.poll(() => page.getByLabel('radius').inputValue()).toBe('2')
      await call(page)
      const given = JSON.parse(await page.getByRole('region', { name: 'structured content' }).innerText())
      expect(given.given).toEqual(whole)
    })

    it('and shows the schema', async () => {
      const page = await open(await serveForms(), 'tools/order')
      await page.getByRole('button', { name: 'Schema', exact: true }).click()
      const schema = JSON.parse(await page.getByRole('region', { name: 'schema', exact: true }).innerText())
      expect(schema.properties).toHaveProperty('shape')
    })
  })

  it('believes nothing that a server says', async () => {
    const origin = await serveEvil()
    const page = await open(origin)
    const check = async () => {
      expect(await page.evaluate(() => (globalThis as any).pwned)).toBeUndefined()
      const addresses = await page.evaluate(() =>
        [...document.querySelectorAll('a[href], [src], form[action]')].map(
          (element) => element.getAttribute('href') ?? element.getAttribute('src') ?? '',
        ),
      )
      const fine = /^(#|https:\/\/fine\.example\/|\.?\/_dashboard\/|data:image\/png;base64,)/
      expect(addresses.filter((address) => !fine.test(address))).toEqual([])
      expect(
        await page.locator('main img[src^="http"], main script, main iframe, main [onerror]').count(),
      ).toBe(0)
    }
    await check()
    await expect.poll(() => page.locator('main').innerText()).toContain('<img src=x onerror=')
    for (const [view, button] of [
      ['tools/attack', 'Call tool'],
      ['tools/ask', 'Call tool'],
      ['prompts/attack', 'Get prompt'],
      [`resources/${encodeURIComponent("javascript:globalThis.pwned='uri'")}`, 'Read'],
    ] as const) {
      await page.goto(`${origin}/#/${view}`)
      await call(page, button)
      await page.waitForTimeout(100)
      await check()
    }
    const out = page.locator('a[href^="https://fine.example"]').first()
    await page.goto(`${origin}/#/tools/attack`)
    expect(await out.getAttribute('rel')).toBe('noopener noreferrer')
    await page.goto(`${origin}/#/traffic`)
    await page.getByLabel('Show this page’s requests').check()
    for (const summary of await page.locator('.traffic > li > details > summary').all()) await summary.click()
    await check()
  })

  // the second is of the same site, so that the cookies of the dashboard are sent
  it.each(['http://attacker.example/', 'http://127.0.0.1:9999/'])(
    'cannot be framed by %s',
    async (attacker) => {
      pages.allowed = [`request ${attacker}`, 'policy Framing']
      const origin = await serveNotes()
      const page = await open(origin)
      for (const address of [`${origin}/`, `${origin}/?key=${KEY}`]) {
        await page.route(attacker, (route) =>
          route.fulfill({ contentType: 'text/html', body: `<iframe src="${address}"></iframe>` }),
        )
        await page.goto(attacker)
        await page.waitForTimeout(500)
        const frame = page.frames()[1]!
        await expect.poll(() => frame.locator('#app').count()).toBe(0)
        await page.unroute(attacker)
      }
    },
  )

  it('is not there for a browser that has not opened its address', async () => {
    const origin = await serveNotes()
    const { request } = await pages.browser.newContext()
    for (const path of ['/_dashboard/', '/_dashboard/page.js', `/_dashboard/?key=${KEY.toUpperCase()}`]) {
      expect((await request.get(`${origin}${path}`)).status()).toBe(404)
    }
  })

  it('opens from a link of another site', async () => {
    const origin = await serveNotes()
    const page = await (await pages.browser.newContext()).newPage()
    await page.route('http://chat.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<a href="${origin}/_dashboard/?key=${KEY}">Open</a>`,
      }),
    )
    await page.goto('http://chat.example/')
    await page.getByRole('link', { name: 'Open' }).click()
    await page.locator('.connection.connected').waitFor()
    expect(page.url()).toBe(`${origin}/_dashboard/`)
  })

  it('works below a path that a proxy takes away', async () => {
    const origin = await proxyBelow('/tools', await serveNotes())
    const page = await open(origin, 'tools/add-note')
    await page.getByLabel('text').fill('hello')
    expect(await call(page)).toContain('Done')
    await page.goto(`${origin}/#/traffic`)
    await page.getByLabel('Show this page’s requests').check()
    await page.locator('.traffic').getByText('tools/call').first().waitFor()
  })

  describe('of a server that asks for tokens', () => {
    it('takes one', async () => {
      const { issuer } = await startAuthorizationServer()
      const origin = await serveGated(issuer)
      const page = await open(origin)
      await page.getByText('The server asks for a token').waitFor()
      await page.getByRole('link', { name: 'Sign in or give a token' }).click()
      await page.getByLabel('Token').fill(await issueToken(issuer, `${origin}/mcp`))
      await page.getByRole('button', { name: 'Use token' }).click()
      await page.locator('.connection.connected').waitFor()
      await page.goto(`${origin}/#/tools/whoami`)
      expect(await call(page)).toContain('notes-machine')
      await page.reload()
      expect(await call(page)).toContain('notes-machine')
      await page.goto(`${origin}/#/access`)
      await page.getByRole('button', { name: 'Forget token' }).click()
      await page.getByText('The server asks for a token').waitFor()
    })

    it('signs somebody in, renews what has expired, and steps up', async () => {
      const server = await startAuthorizationServer()
      const { issuer, grants } = server
      pages.allowed = [`request ${issuer}/`]
      const needs = { scopes: [] as string[] }
      const origin = await serveGated(issuer, needs)
      const page = await open(origin, 'tools/whoami')
      await page.getByRole('link', { name: 'Sign in or give a token' }).click()
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.fill('[name=login]', 'ann')
      await page.fill('[name=password]', 'secret')
      server.accessTokenTTL = 2
      await page.click('form:has([value=login]) [type=submit]')
      await page.click('form:has([value=consent]) [type=submit]')
      await page.locator('.connection.connected').waitFor()
      expect(page.url()).toBe(`${origin}/_dashboard/#/access`)
      expect(grants).toMatchObject([{ grantType: 'authorization_code', resource: `${origin}/mcp` }])
      const shown = page.getByRole('region', { name: 'Sign-in steps' })
      for (const name of [
        'Challenge',
        'Resource metadata',
        'Authorization server metadata',
        'Client registration',
        'Authorization request',
        'Authorization response',
        'Token request',
      ]) {
        await shown.getByText(name, { exact: true }).last().waitFor()
      }
      await shown.getByText('Token request', { exact: true }).click()
      await shown.getByText('✓ there is an access_token').waitFor()
      await expect.poll(() => shown.innerText()).toContain('"code_verifier": "[hidden]"')
      await expect.poll(() => shown.innerText()).toContain('"access_token": "[hidden]"')
      await page.goto(`${origin}/_dashboard/#/tools/whoami`)
      expect(await call(page)).toContain('"id": "ann"')
      await page.waitForTimeout(3000)
      expect(await call(page)).toContain('"id": "ann"')
      expect(grants.at(-1)).toMatchObject({ grantType: 'refresh_token' })
      server.accessTokenTTL = 60

      needs.scopes = ['notes:write']
      expect(await call(page)).toContain('The token does not allow this')
      await outcomeOf(page).getByRole('link', { name: 'Sign in or give a token' }).click()
      await page.locator('.message', { hasText: 'notes:write' }).waitFor()
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.click('form:has([value=consent]) [type=submit]')
      await page.locator('.connection.connected').waitFor()
      expect(grants.at(-1)).toMatchObject({ grantType: 'authorization_code' })
      await page.goto(`${origin}/_dashboard/#/tools/whoami`)
      expect(await call(page)).toContain('"id": "ann"')
    })

    it('signs somebody in at another site', async () => {
      const { issuer } = await startAuthorizationServer()
      pages.allowed = [`request ${issuer}/`]
      const origin = (await serveGated(issuer)).replace('127.0.0.1', 'localhost')
      const page = await open(origin, 'access')
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.fill('[name=login]', 'ann')
      await page.fill('[name=password]', 'secret')
      await page.click('form:has([value=login]) [type=submit]')
      await page.click('form:has([value=consent]) [type=submit]')
      await page.locator('.connection.connected').waitFor()
      expect(page.url()).toBe(`${origin}/_dashboard/#/access`)
    })

    it('takes no answer to a sign-in that it did not begin', async () => {
      const { issuer } = await startAuthorizationServer()
      const origin = await serveGated(issuer)
      const page = await open(origin)
      await page.goto(`${origin}/_dashboard/?code=stolen&state=forged`)
      await page.getByText('The sign-in was not begun in this tab').waitFor()
      expect(new URL(page.url()).search).toBe('')
    })
  })
})
