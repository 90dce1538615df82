import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { scopes, staticVerifier, withAuth, withResourceMetadata } from './index.ts'

/** What a wrapper can disturb that reads bodies and filters the lists of tools, prompts and resources. */
const disturbed = audits.filter(
  ({ layer, id }) =>
    layer !== 'protocol' || /\/(tools|prompts|resources|discover|batches|features)\//.test(id),
)

const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })
const resourceServerUrl = 'http://audit.test/mcp'

const handler = withResourceMetadata(
  withAuth(createMcpHandler(fixture), {
    resourceServerUrl,
    verifier: staticVerifier({ auditor: { clientId: 'auditor', scopes: ['audit'] } }),
    scopes: scopes(() => ['audit']),
  }),
  { resourceServerUrl, authorizationServers: ['https://auth.example.com'] },
)

function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  request.headers.set('authorization', 'Bearer auditor')
  return handler.fetch(request)
}

describe('a gate that reads bodies and filters lists', () => {
  it.each(disturbed)('lets the protocol through: $id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, { url: resourceServerUrl, fetch }, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})
