import type { JSONRPCResponse } from '@modelcontextprotocol/sdk/types.js'
import type { MaybePromise } from '../utils/type-guards.ts'
import type { ToolTaskSupport } from './extension.ts'
import { findFastServer } from './fast/fast-server.ts'
import type { ToolCatalog } from './tool-catalog.ts'

/** Reads how a tool can be run: as it was registered with Portico's `McpServer`, otherwise as the server lists it. */
export function readTaskSupport(
  tools: ToolCatalog,
  server: object,
  tool: string,
  list: (params: object) => Promise<JSONRPCResponse>,
): MaybePromise<ToolTaskSupport> {
  const taskSupport = findFastServer(server)?.taskSupport?.get(tool)
  return taskSupport ? { taskSupport, isOwn: false } : tools.readTaskSupport(tool, list)
}
