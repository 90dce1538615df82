import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

const EXECUTABLE = '/usr/bin/chromium'

/** Whether there is no browser to test with; says so, and is no excuse where CI is set. */
export function isChromiumMissing(): boolean {
  if (existsSync(EXECUTABLE)) return false
  const message = `${EXECUTABLE} is missing: apt-get install chromium runs the tests in a browser`
  if (process.env.CI) throw new Error(message)
  console.warn(message)
  return true
}

/** Starts a browser for which every `.example` is this machine. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
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
    ],
  })
}

/** Opens a page that nobody serves: it is handed to the browser, and everything else comes from the network. */
export async function openForgedPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Forged</title>' }))
  await page.goto(url)
  return page
}
