import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createGatedToolRegistrar, withApi } from './index.ts'

/** What can be disturbed by a wrapper around the handler and by a tool that is not listed. */
const disturbed = audits.filter(
  ({ layer, id }) => layer !== 'protocol' || /\/(tools|discover|batches|features)\//.test(id),
)

describe.each([
  ['the SDK', SdkMcpServer],
  ['Portico', McpServer],
])('an API behind tools, one of them hidden, of the server class of %s', (_, Class) => {
  const fixture = createAuditFixture({ McpServer: Class, ResourceTemplate, z })
  const tools = createMcpHandler(async (context) => {
    const server = (await fixture(context)) as SdkMcpServer
    const { register } = createGatedToolRegistrar({ server })
    register({ name: 'hidden', description: 'For nobody', method: () => 1 })
    return server
  })
  const { fetch } = withApi(tools, { apiBaseUrl: 'http://api.test', getApiHeaders: () => ({ 'x-a': 'b' }) })
  const target = {
    url: 'http://audit.test/mcp',
    fetch: (...args: ConstructorParameters<typeof Request>) => fetch(new Request(...args)),
  }

  it.each(disturbed)('lets the protocol through: $id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect([outcome, message]).toEqual(['passed', undefined])
  })
})
