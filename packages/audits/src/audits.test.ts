import { ResourceTemplate, McpServer as SdkMcpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { audits } from './audits.ts'
import { createAuditFixture } from './fixture.ts'
import { exceptionalIds, getLayer, LAYERS } from './layers.ts'
import { runAudit } from './run.ts'
import { getSection, SECTIONS } from './sections.ts'
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

  it('names every case by era, topic and behaviour', () => {
    const pattern = /^(modern|legacy)\/[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/
    expect(audits.filter(({ id, era }) => !pattern.test(id) || !id.startsWith(`${era}/`))).toEqual([])
  })

  it('puts every case into a section that reports know', () => {
    expect(audits.filter(({ section }) => SECTIONS[getSection(section)] === undefined)).toEqual([])
  })

  it('has audits of every layer', () => {
    expect(new Set(audits.map(({ layer }) => layer))).toEqual(new Set(LAYERS))
  })

  it('names only audits that exist as exceptions of their topic', () => {
    const ids = audits.map(({ id }) => id)
    expect(exceptionalIds.filter((id) => !ids.includes(id))).toEqual([])
  })

  it('rejects an audit of a topic without a layer', () => {
    expect(() => getLayer('modern/new-topic/case')).toThrow('name the layer of the topic modern/new-topic')
  })
})
