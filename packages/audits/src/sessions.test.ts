import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport as SdkTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { createAuditFixture } from './fixture.ts'
import { runAudits } from './run.ts'

it('audits a server that has sessions on sessions, and ends them', async () => {
  const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })
  const sessions = new Map<string, SdkTransport>()
  const sessionIds = new Set<string | null>()

  async function fetch(request: Request): Promise<Response> {
    const id = request.headers.get('mcp-session-id')
    sessionIds.add(id)
    const known = sessions.get(id ?? '')
    if (known) return known.handleRequest(request)
    if (id !== null) return new Response(null, { status: 404 })
    const transport = new SdkTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (session) => void sessions.set(session, transport),
      onsessionclosed: (session) => void sessions.delete(session),
    })
    await fixture().connect(transport)
    return transport.handleRequest(request)
  }

  const target = { url: 'http://audit.test/mcp', fetch }
  const results = await runAudits(target, { timeoutMs: 2000 })
  const failed = results.filter(({ level, outcome }) => level === 'MUST' && outcome === 'failed')
  expect(failed).toEqual([])
  expect(results.filter(({ id, outcome }) => id.startsWith('legacy/') && outcome === 'skipped')).toEqual([])
  expect(results.find(({ id }) => id === 'modern/discover/answers')?.outcome).toBe('skipped')
  expect(sessionIds.size).toBeGreaterThan(3)
  expect(sessions.size).toBe(0)
})
