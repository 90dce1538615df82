import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { KEY } from './dashboards.ts'

/** Opens pages of dashboards in one browser, and collects what they must not do. */
export class DashboardPages {
  /** Beginnings of problems that a test expects. */
  allowed: string[] = []
  readonly browser: Browser
  #problems: string[] = []

  constructor(browser: Browser) {
    this.browser = browser
  }

  static async launch(): Promise<DashboardPages> {
    return new DashboardPages(await launchChromium())
  }

  /** Opens a view, and waits until the page has read the server. */
  async open(origin: string, view = 'overview', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    page.on('pageerror', ({ message }) => this.#problems.push(`error ${message}`))
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.#problems.push(`policy ${message.text()}`)
    })
    page.on('request', (request) => {
      const { protocol, origin: asked } = new URL(request.url())
      const isFromHere = page.url().startsWith(origin)
      if (isFromHere && protocol !== 'data:' && protocol !== 'blob:' && asked !== new URL(origin).origin)
        this.#problems.push(`request ${request.url()}`)
    })
    await page.goto(`${origin}/?key=${KEY}#/${view}`)
    if (page.url() !== `${origin}/#/${view}` && !view.includes('?')) throw new Error(`is at ${page.url()}`)
    await page.locator('.connection:not(.connecting)').waitFor()
    return page
  }

  /** Closes all pages. Returns errors, violations of the policy and requests to other origins. */
  async end(): Promise<string[]> {
    for (const context of this.browser.contexts()) await context.close()
    const found = this.#problems.filter((problem) => !this.allowed.some((start) => problem.startsWith(start)))
    this.#problems = []
    this.allowed = []
    return found
  }
}

export const outcomeOf = (page: Page): Locator => page.getByRole('region', { name: 'Outcome' })

/** Presses a button that sends a request, and returns what the page shows of its end. */
export async function call(page: Page, button = 'Call tool'): Promise<string> {
  await page.getByRole('button', { name: button, exact: true }).click()
  const anyway = page.getByRole('button', { name: 'Send anyway' })
  if (await anyway.isVisible()) await anyway.click()
  await page.locator('.verdict:not(.running)').waitFor()
  return outcomeOf(page).innerText()
}

/** What axe finds. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as any).axe.run()
    return violations.flatMap(({ id, nodes }: any) =>
      nodes.map(({ html }: any) => `${id}: ${html.slice(0, 160)}`),
    )
  })
}
