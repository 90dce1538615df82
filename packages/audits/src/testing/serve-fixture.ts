import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import { createAuditFixture } from '../fixture.ts'

// workerd notices that a client has left when it next writes to it
export default createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }), {
  keepAliveMs: 250,
})
