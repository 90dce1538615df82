import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { McpServer } from '@portico-mcp/core'
import { InMemoryEventStore } from '@portico-mcp/sessions'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createHTTPServer, type HTTPServer } from './index.ts'
import { keepLines } from './testing/serve.ts'

/** What a socket, its guards and sessions can disturb. */
const disturbed = audits.filter(({ layer, id }) => layer !== 'protocol' || id.startsWith('legacy/sessions/'))

const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })

describe.each([
  ['stateless', {}],
  ['with sessions', { stateless: false }],
  [
    'with sessions that resume, for pages too',
    { stateless: false, eventStore: new InMemoryEventStore(), cors: true },
  ],
])('a running server %s', (_, options) => {
  let server: HTTPServer
  beforeAll(async () => {
    server = await createHTTPServer(fixture, {
      port: 0,
      signals: false,
      logger: keepLines().logger,
      ...options,
    })
  })
  afterAll(() => server.close())

  it.each(disturbed)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, { url: server.url, fetch }, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})
