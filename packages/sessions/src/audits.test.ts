import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { audits, createAuditFixture, runAudit, type Target } from '@portico-mcp/audits'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  InMemoryEventStore,
  InMemorySessionBus,
  InMemorySessionStore,
  type SessionsOptions,
  sessions,
} from './index.ts'

/** Sessions speak the 2025-era protocol themselves; of 2026-07-28 they share the bus and the keys. */
const disturbed = audits.filter(
  ({ era, layer, id }) =>
    era === 'legacy' || layer !== 'protocol' || /\/(subscriptions|changes|rounds)\//.test(id),
)

const fixture = createAuditFixture({ McpServer, ResourceTemplate, z })

const requestState = { keys: ['a secret of at least 32 characters'] }

const url = 'http://audit.test/mcp'

const serve = (options: SessionsOptions = {}): Target => ({
  url,
  fetch: createMcpHandler(fixture, { legacy: sessions(options) }).fetch,
})

function twoNodes(): Target {
  const shared = {
    store: new InMemorySessionStore(),
    eventStore: new InMemoryEventStore(),
    bus: new InMemorySessionBus(),
  }
  const nodes = [0, 1].map(() =>
    createMcpHandler(fixture, { legacy: sessions(shared), bus: shared.bus, requestState }),
  )
  let turn = 0
  return { url, fetch: (request) => nodes[turn++ % 2]!.fetch(request) }
}

describe.each([
  ['sessions in memory', serve()],
  ['sessions whose streams resume', serve({ eventStore: new InMemoryEventStore() })],
  ['two nodes in turn', twoNodes()],
])('%s', (_, target) => {
  it.each(disturbed)('$id: $title', async (audit) => {
    const { outcome, message } = await runAudit(audit, target, { timeoutMs: 4000 })
    expect(message).toBeUndefined()
    expect(outcome).toBe('passed')
  })
})
