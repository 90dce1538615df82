import type { McpHandlerRequestOptions } from '@portico-mcp/core'

/** Who a caller is, whatever token it comes with; `''` for whoever has no identity. */
export function ownerOf({ authInfo }: McpHandlerRequestOptions): string {
  if (!authInfo) return ''
  const { iss, sub } = authInfo.extra ?? {}
  return JSON.stringify([iss, sub, authInfo.clientId])
}
