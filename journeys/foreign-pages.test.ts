import type { FetchHandler } from '@portico-mcp/core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from './testing/call.ts'
import { type Chromium, isChromiumMissing, read, startChromium } from './testing/chromium.ts'
import { clients, type Kind } from './testing/clients.ts'
import { createNotes } from './testing/notes.ts'
import { openHosts, type Protection } from './testing/open-hosts.ts'
import type { InPage } from './testing/page.ts'
import { closeServers, listen } from './testing/server.ts'

declare const inPage: InPage

const NAMES = ['stranger.example', '127.0.0.1']
const kinds = Object.keys(clients) as Kind[]

describe.skipIf(isChromiumMissing())('in Chromium', () => {
  let chromium: Chromium
  const strangers: Record<string, Page> = {}
  beforeAll(async () => {
    chromium = await startChromium()
    for (const name of NAMES) strangers[name] = await chromium.openPage(name)
  }, 60_000)
  afterAll(async () => {
    await chromium?.close()
    closeServers()
  })

  describe.each(Object.entries(openHosts))('%s', (_, host) => {
    /** Serves pages of one origin; `reached` has what came past the guard, `refused` what did not. */
    async function serve(options: Protection = {}) {
      const reached: string[] = []
      const refused: string[] = []
      const notes = createNotes()
      const fetch: FetchHandler['fetch'] = (request, ...given) => {
        reached.push(request.method)
        return notes.fetch(request, ...given)
      }
      const allowedOrigins = [`http://app.example:${chromium.port}`]
      const onerror = ({ message }: Error) => void refused.push(message)
      const protection = { allowedOrigins, cors: { allowedOrigins }, onerror, ...options }
      const origin = await listen(() => host({ fetch }, protection))
      return { url: `${origin}/mcp`, port: new URL(origin).port, reached, refused }
    }

    describe('a page of any other origin', () => {
      it.each(NAMES)('gets nothing, and calls nothing: %s', async (hostname) => {
        const page = strangers[hostname]!
        const { url, reached, refused } = await serve()
        await expect(read(page, url, call({}))).rejects.toThrow('Failed to fetch')
        await expect(read(page, url, { method: 'POST', body: '{}' })).rejects.toThrow('Failed to fetch')
        await page.evaluate((url) => fetch(url, { method: 'POST', body: '{}', mode: 'no-cors' }), url)
        expect(refused).toEqual(Array(3).fill(expect.stringContaining('allowedOrigins')))
        expect(reached).toEqual([])
      })

      it.each(kinds)('cannot connect the client %s', async (kind) => {
        const page = strangers['stranger.example']!
        const { url, reached } = await serve()
        const using = page.evaluate(([kind, url]) => inPage.useServer(kind, url, 'reader'), [
          kind,
          url,
        ] as const)
        await expect(using).rejects.toThrow(/Failed to fetch|Version negotiation failed/)
        expect(reached).toEqual([])
      })
    })

    describe('a page whose name was pointed at this machine', () => {
      it('is refused for its Host', async () => {
        const { port, reached } = await serve()
        const page = await chromium.openForgedPage(`http://evil.example:${port}/`)
        for (const init of [{}, call({ token: undefined }), call({})]) {
          const answer = await page.evaluate(fetchHere, init)
          expect(answer).toMatchObject({
            status: 403,
            body: { error: { data: { reason: 'host-not-allowed' } } },
          })
        }
        expect(reached).toEqual([])
      })

      it('is refused for its Origin, where every Host is served', async () => {
        const { port, reached } = await serve({ allowedHosts: [() => true] })
        const page = await chromium.openForgedPage(`http://evil.example:${port}/`)
        const answer = await page.evaluate(fetchHere, call({}))
        expect(answer).toMatchObject({
          status: 403,
          body: { error: { data: { reason: 'origin-not-allowed' } } },
        })
        expect(reached).toEqual([])
      })
    })
  })
})

async function fetchHere(init: RequestInit): Promise<object> {
  const response = await fetch('/mcp', init)
  return { status: response.status, body: await response.json() }
}
