declare module '@modelcontextprotocol/server-everything/dist/server/index.js' {
  import type { ServerWithCleanup } from '@portico-mcp/core'

  /** The factory of the reference server, which is published without types. */
  export const createServer: () => ServerWithCleanup
}
