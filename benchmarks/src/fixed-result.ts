import { z } from 'zod'
import { DESCRIPTION, shapesOf, toolName } from './tools.ts'
import type { Work } from './work.ts'

/** The result that servers with a fixed answer give. */
export function fixedResult({ method, tools, era }: Work): object {
  const stamp = { resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench' } } }
  return { ...resultOfMethod(method, tools), ...(era === 'modern' && stamp) }
}

function resultOfMethod(method: Work['method'], tools: number): object {
  if (method === 'tools/call') return { content: [{ type: 'text', text: 'hello' }] }
  if (method !== 'tools/list') {
    return { protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } }, serverInfo: {} }
  }
  const describe = (shape: z.ZodRawShape, index: number) => ({
    name: toolName(index),
    description: DESCRIPTION,
    inputSchema: z.toJSONSchema(z.object(shape)),
  })
  return { tools: shapesOf(tools, 'module').map(describe) }
}
