import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import { createMcpHandler, McpServer } from '@portico-mcp/core'
import { z } from 'zod'
import { createAuditFixture } from '../fixture.ts'

export default createMcpHandler(createAuditFixture({ McpServer, ResourceTemplate, z }))
