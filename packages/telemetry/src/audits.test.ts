import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { withGuard } from '@portico-mcp/guard'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { withTelemetry } from './index.ts'
import { collect } from './testing/collect.ts'

/** What a wrapper can disturb that reads along, and changes no message. */
const carried = audits.filter(({ layer }) => layer !== 'protocol')

const collected = collect()
const handler = createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))

describe.each([
  ['in front of a guard', withTelemetry(withGuard(handler))],
  ['behind a guard', withGuard(withTelemetry(handler))],
])('telemetry %s', (_, { fetch }) => {
  afterAll(() => expect(collected.spans().length).toBeGreaterThan(carried.length))

  it.each(carried)('changes nothing of the protocol: $id: $title', async (audit) => {
    const target = { url: 'http://localhost/mcp', fetch }
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})
