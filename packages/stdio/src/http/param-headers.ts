import type { JSONRPCMessage, JSONRPCRequest, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { type ParamHeader, readParamHeaders } from '@portico-mcp/core/internal'
import { BoundedMap } from '../utils/bounded-map.ts'

const HEADER_MISMATCH = -32020
const MAX_TOOLS = 10_000
const MAX_PAGES = 100

/** The arguments of a server's tools that are repeated in headers, as its lists of tools declare them. */
export class ParamHeaders {
  readonly #byTool = new BoundedMap<readonly ParamHeader[]>(MAX_TOOLS)

  /** Returns those of the tool that a message calls. */
  of(message: JSONRPCMessage): readonly ParamHeader[] {
    return 'method' in message && message.method === 'tools/call'
      ? (this.#byTool.get(String(message.params?.name)) ?? [])
      : []
  }

  /** Reads the tools of a list. */
  read({ method }: { method: string }, result: unknown): void {
    if (method !== 'tools/list') return
    const { tools } = result as Partial<ListToolsResult>
    for (const { name, inputSchema } of tools ?? []) this.#byTool.set(name, readParamHeaders(inputSchema))
  }

  /** Whether a reply says that headers are missing which only the server's list of tools names. */
  areMissing(message: JSONRPCMessage, reply: JSONRPCMessage): boolean {
    if (!('error' in reply) || reply.error.code !== HEADER_MISMATCH) return false
    return 'method' in message && message.method === 'tools/call'
  }

  /** Asks the server for its tools, up to the one that a message calls. */
  async learn(
    call: JSONRPCMessage,
    list: (message: JSONRPCRequest) => Promise<JSONRPCMessage[]>,
  ): Promise<void> {
    const { _meta, name } = ('method' in call && call.params) || {}
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = { _meta, ...(cursor !== undefined && { cursor }) } as JSONRPCRequest['params']
      const request: JSONRPCRequest = { jsonrpc: '2.0', id: `list-${page}`, method: 'tools/list', params }
      const reply = (await list(request)).find((message) => 'result' in message)
      if (!reply || !('result' in reply)) return
      this.read(request, reply.result)
      cursor = reply.result.nextCursor as string | undefined
      if (cursor === undefined || this.#byTool.get(String(name))) return
    }
  }
}
