import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Answer, InPage } from './page.ts'
import { startSite } from './site.ts'

declare const inPage: InPage

const EXECUTABLE = '/usr/bin/chromium'
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP *.example 127.0.0.1',
  // what the browser itself has against a page from elsewhere, or the guard would not be asked
  '--disable-features=LocalNetworkAccessChecks',
]

/** Whether there is no browser to test with; says so, and is no excuse where CI is set. */
export function isChromiumMissing(): boolean {
  if (existsSync(EXECUTABLE)) return false
  const message = `${EXECUTABLE} is missing: apt-get install chromium runs the tests in a browser`
  if (process.env.CI) throw new Error(message)
  console.warn(message)
  return true
}

/** A browser for which every `.example` is this machine. */
export interface Chromium {
  /** The port of the site, under whichever name. */
  port: string
  /** Opens a page of the site, with `inPage` in it. */
  openPage(hostname: string): Promise<Page>
  /** Opens an empty page of its own, with no cookies, which takes the certificate of any site. */
  openEmptyPage(): Promise<Page>
  /** Opens a page that nobody serves: everything but itself comes from the network. */
  openForgedPage(url: string): Promise<Page>
  close(): Promise<void>
}

/** A browser without a page. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE, args: ARGS })

export async function startChromium(): Promise<Chromium> {
  const port = await startSite()
  const browser = await launchChromium()
  return {
    port,
    openPage: async (hostname) => {
      const page = await browser.newPage()
      await page.goto(`http://${hostname}:${port}/`)
      await page.waitForFunction(() => 'inPage' in globalThis)
      return page
    },
    openEmptyPage: async () => (await browser.newContext({ ignoreHTTPSErrors: true })).newPage(),
    openForgedPage: async (url) => {
      const page = await browser.newPage()
      await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<p>Forged</p>' }))
      await page.goto(url)
      return page
    },
    close: () => browser.close(),
  }
}

/** What a script in a page can read of an answer. */
export const read = (page: Page, url: string, init?: RequestInit): Promise<Answer> =>
  page.evaluate(([url, init]) => inPage.read(url, init), [url, init] as const)
