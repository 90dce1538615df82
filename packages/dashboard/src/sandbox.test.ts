import { describe, expect, it } from 'vitest'
import { withDashboard } from './index.ts'
import { createDesk, ORIGIN, opened, visit } from './testing/requests.ts'

async function policyFor(csp?: unknown): Promise<string[]> {
  const query = csp === undefined ? '' : `?csp=${encodeURIComponent(JSON.stringify(csp))}`
  const response = await opened(withDashboard(createDesk())).fetch(visit(`/_dashboard/sandbox${query}`))
  return response.headers.get('content-security-policy')?.split('; ') ?? []
}

describe('the document of MCP Apps', () => {
  it('has an opaque origin, and loads nothing unless the app declares it', async () => {
    const policy = await policyFor()
    for (const directive of [
      "default-src 'none'",
      "script-src 'unsafe-inline' blob:",
      "connect-src 'none'",
      "frame-src 'none'",
      "frame-ancestors 'self'",
      'sandbox allow-scripts allow-forms',
    ]) {
      expect(policy).toContain(directive)
    }
  })

  it('loads what the app declares', async () => {
    const policy = await policyFor({
      connectDomains: ['https://api.example.com', 'wss://*.example.com:8443'],
      resourceDomains: ['https://cdn.example.com'],
    })
    expect(policy).toContain('connect-src https://api.example.com wss://*.example.com:8443')
    expect(policy).toContain("script-src 'unsafe-inline' blob: https://cdn.example.com")
  })

  it.each([
    ['https://a.test; script-src *'],
    ["'self'"],
    ['*'],
    ['https://a.test/ https://b.test'],
    [ORIGIN],
    ['ws://localhost:3001'],
    [7],
  ])('ignores %j', async (source) => {
    expect(await policyFor({ connectDomains: [source] })).toContain("connect-src 'none'")
  })

  it('is not there for strangers', async () => {
    const { fetch } = withDashboard(createDesk())
    expect((await fetch(visit('/_dashboard/sandbox'))).status).toBe(404)
  })

  it('has its script apart from the page', async () => {
    const { fetch } = opened(withDashboard(createDesk()))
    const response = await fetch(visit('/_dashboard/apps.js'))
    expect(response.headers.get('content-type')).toContain('javascript')
    expect((await response.text()).length).toBeGreaterThan(10_000)
  })
})
