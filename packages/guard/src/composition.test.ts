import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudits } from '@portico-mcp/audits'
import { createMcpHandler } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withCors, withGuard, withRateLimit } from './index.ts'
import { mcp, ping, refusalIn } from './testing/requests.ts'

const APP = 'https://app.example.com'
const allowedOrigins = [APP]

function house() {
  const inner = mcp()
  const limited = withRateLimit(inner, { capacity: 2, refillPerSecond: 0.001 })
  const handler = withGuard(withCors(limited, { allowedOrigins }), { allowedOrigins })
  return { inner, handler }
}

describe('withGuard over withCors over withRateLimit over a handler', () => {
  it('serves, then limits; what the page reads is granted both times', async () => {
    const { handler } = house()
    for (const status of [200, 200, 429]) {
      const response = await handler.fetch(ping({ origin: APP }))
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, APP])
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  it('answers preflights without counting them, and refuses strangers before anything else', async () => {
    const { handler } = house()
    const asking = { 'access-control-request-method': 'POST' }
    for (let time = 0; time < 5; time++) {
      const granted = await handler.fetch(ping({ origin: APP, ...asking }, undefined, 'OPTIONS'))
      expect(granted.status).toBe(204)
      const stranger = ping({ origin: 'https://evil.example', ...asking }, undefined, 'OPTIONS')
      const refused = await handler.fetch(stranger)
      expect(refused.headers.has('access-control-allow-origin')).toBe(false)
      expect(await refusalIn(refused)).toMatchObject({ status: 403, reason: 'origin-not-allowed' })
    }
    expect((await handler.fetch(ping({ origin: APP }))).status).toBe(200)
  })

  it('is a handler still: it closes, notifies and has its bus', async () => {
    const { inner, handler } = house()
    expect(handler.bus).toBe(inner.bus)
    expect(handler.notify).toBe(inner.notify)
    await handler.close()
    expect((await handler.fetch(ping({ origin: APP }))).status).toBe(503)
  })

  it('changes nothing in what the protocol asks for', async () => {
    const inner = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
    const limited = withRateLimit(inner, { capacity: 100_000 })
    const { fetch } = withGuard(withCors(limited, { allowedOrigins }), { allowedOrigins })
    const results = await runAudits({ url: 'http://localhost/mcp', fetch }, { layer: ['http', 'platform'] })
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(results.length).toBe(audits.filter(({ layer }) => layer !== 'protocol').length)
  })
})
