import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { audits } from './audits.ts'
import { createAuditFixture } from './fixture.ts'
import { runAudit } from './run.ts'
import { SECTIONS, sectionOf } from './sections.ts'
import type { Target } from './target.ts'

const classes = { 'Portico’s McpServer': McpServer, 'the SDK’s McpServer': SdkMcpServer }

for (const [name, Server] of Object.entries(classes)) {
  describe(`core with ${name}`, () => {
    const fixture = createAuditFixture({ McpServer: Server, ResourceTemplate, z })
    const target: Target = { url: 'http://audit.test/mcp', fetch: createMcpHandler(fixture).fetch }

    it.each(audits)('$id: $title', async (audit) => {
      const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
      expect(message).toBeUndefined()
      expect(outcome).toBe('passed')
    })
  })
}

describe('the list of audits', () => {
  it('has well over a hundred cases', () => {
    expect(audits.length).toBeGreaterThanOrEqual(120)
  })

  it('gives every case an id of its own', () => {
    expect(new Set(audits.map(({ id }) => id)).size).toBe(audits.length)
  })

  it.each(audits)('names $id by era, topic and behaviour', ({ id, era }) => {
    expect(id).toMatch(/^(modern|legacy)\/[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/)
    expect(id.startsWith(`${era}/`)).toBe(true)
  })

  it.each(audits)('puts $id into a section that reports know', ({ section }) => {
    expect(SECTIONS).toHaveProperty(sectionOf(section))
  })
})
