import { McpServer } from '@portico-mcp/core'
import { apiCall } from '@portico-mcp/tools'
import { z } from 'zod'

const add = { name: z.string().min(1).describe('What the portfolio is called') }

/** Builds a server whose tools call the API; whose key it is, they need not know. */
export function createPortfolios(): McpServer {
  const server = new McpServer({ name: 'portfolios', version: '1.0.0' })

  server.registerTool('list-portfolios', { description: 'List all portfolios' }, async ({ signal }) => {
    const portfolios = await apiCall('GET', '/portfolios', { signal, retry: 2 })
    return { content: [{ type: 'text', text: JSON.stringify(portfolios) }] }
  })

  server.registerTool(
    'add-portfolio',
    { description: 'Add a portfolio', inputSchema: add },
    async ({ name }, { signal }) => {
      const portfolio = await apiCall('POST', '/portfolios', { body: { name }, signal })
      return { content: [{ type: 'text', text: JSON.stringify(portfolio) }] }
    },
  )

  return server
}
