import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { AuditFixtureParts } from './fixture-parts.ts'
import { registerFixtureReports } from './fixture-reports.ts'
import { registerFixtureResources } from './fixture-resources.ts'
import { registerFixtureTools } from './fixture-tools.ts'

/** Builds the server that the audits are written for. */
export type AuditFixture = (context?: { requestInfo?: Request }) => McpServer

const SERVER_INFO = { name: 'portico-audit-fixture', version: '1.0.0' }

/**
 * Creates a factory of servers with everything that the audits need: tools that report progress, log, fail, wait and
 * announce changes, resources and prompts. Pass it to `createMcpHandler`, or to any other host of the 1.x SDK, on any
 * runtime with web-standard APIs.
 *
 * A request with the header `Audit-Fixture: bare` gets a server without tools, resources and prompts.
 *
 * @param parts - See {@link AuditFixtureParts}.
 *
 * @example
 * ```ts
 * import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
 * import { createMcpHandler } from '@portico-mcp/core'
 * import { createAuditFixture } from '@portico-mcp/audits'
 * import { z } from 'zod'
 *
 * export default createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
 * ```
 */
export function createAuditFixture(parts: AuditFixtureParts): AuditFixture {
  const registerTools = registerFixtureTools(parts)
  const registerReports = registerFixtureReports(parts)
  const registerResources = registerFixtureResources(parts)
  return ({ requestInfo } = {}) => {
    if (requestInfo?.headers.get('audit-fixture') === 'bare') return new parts.McpServer(SERVER_INFO)
    const server = new parts.McpServer(SERVER_INFO, {
      instructions: 'Serves audits.',
      capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } },
    })
    registerTools(server)
    registerReports(server)
    registerResources(server)
    return server
  }
}
