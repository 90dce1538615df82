import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'

/** A tool result that is one text. */
export function text(value: string): CallToolResult {
  return { content: [{ type: 'text', text: value }] }
}
