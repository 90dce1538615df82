import type { Group } from './group.ts'

/** What else serves MCP on `node:http`; all of them serve 2025-11-25. */
export const ALTERNATIVES: Group = {
  work: { method: 'tools/call', era: 'legacy', tools: 1, schemas: 'module' },
  rows: [
    { subject: 'ceiling-http' },
    { subject: 'portico', beside: 'ceiling-http' },
    { subject: 'portico-sdk', beside: 'ceiling-http' },
    { subject: 'server-2.x', beside: 'ceiling-http' },
    { subject: 'mcp-handler', beside: 'ceiling-http' },
    { subject: 'sdk-1.x', beside: 'ceiling-http' },
    { subject: 'hono-mcp', beside: 'ceiling-http' },
    { subject: 'fastmcp', beside: 'ceiling-http' },
    { subject: 'ttoss', beside: 'ceiling-http' },
  ],
}
