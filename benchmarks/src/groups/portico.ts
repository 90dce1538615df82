import type { McpHttpHandler as OfficialHandler } from '@modelcontextprotocol/server'
import type { McpHttpHandler, McpServer } from '@portico-mcp/core'
import type { Work } from '../work.ts'

export const info = { name: 'bench', version: '1.0.0' }

/** A factory for servers of Portico's class, with the tools of some work. */
export async function porticoFactory({ tools, schemas }: Work): Promise<() => McpServer> {
  const { McpServer } = await import('@portico-mcp/core')
  const { register, shapesOf } = await import('../tools.ts')
  return () => {
    const server = new McpServer(info)
    register(server, shapesOf(tools, schemas))
    return server
  }
}

/** Portico's handler, as all groups mount it. */
export async function porticoHandler(work: Work): Promise<McpHttpHandler> {
  const { createMcpHandler } = await import('@portico-mcp/core')
  return createMcpHandler(await porticoFactory(work))
}

/** The handler of `@modelcontextprotocol/server`, as all groups mount it. */
export async function officialHandler({ tools, schemas }: Work): Promise<OfficialHandler> {
  const { createMcpHandler, McpServer } = await import('@modelcontextprotocol/server')
  const { objectsOf, register } = await import('../tools.ts')
  return createMcpHandler(() => {
    const server = new McpServer(info)
    register(server, objectsOf(tools, schemas))
    return server
  })
}
