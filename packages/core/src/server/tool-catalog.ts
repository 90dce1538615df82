import type { JSONRPCResponse, ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import { type ServerEventBus, subscribeTo } from '../protocol/events.ts'
import { type ParamHeader, readParamHeaders } from '../protocol/param-headers.ts'
import { cached } from '../utils/cached.ts'
import type { MaybePromise } from '../utils/type-guards.ts'

const MAX_PAGES = 100

const NONE: readonly ParamHeader[] = []

/** A server that returns a tool's input schema without listing all tools. */
interface SchemaSource {
  toolInputSchemaJson(name: string): object | undefined
}

// If the schema cannot be converted to JSON Schema, no argument is mirrored, and the tool can be called nevertheless.
function findInputSchema(server: SchemaSource, tool: string): object | undefined {
  try {
    return server.toolInputSchemaJson(tool)
  } catch {
    return undefined
  }
}

/** Finds the arguments of a tool that are mirrored into headers. */
export interface ToolCatalog {
  /** @param list - Requests a page of the server's tools. */
  paramHeaders(
    server: object,
    tool: string,
    list: (params: object) => Promise<JSONRPCResponse>,
  ): MaybePromise<readonly ParamHeader[]>
  close(): void
}

/**
 * Requests the tools of servers. A server that cannot return one schema is asked for its list, up to the tool that is not
 * known yet. The result is used for every caller until the tools change.
 */
export function toolCatalog(
  settings: { readonly bus: ServerEventBus },
  report: (error: unknown) => void,
): ToolCatalog {
  const learned = new Map<string, readonly ParamHeader[]>()
  const bySchema = new WeakMap<object, readonly ParamHeader[]>()
  let unsubscribe: (() => void) | undefined

  async function ask(
    list: Parameters<ToolCatalog['paramHeaders']>[2],
    tool: string,
  ): Promise<readonly ParamHeader[]> {
    unsubscribe ??= subscribeTo(
      settings.bus,
      ({ kind }) => {
        if (kind === 'tools_list_changed') learned.clear()
      },
      report,
    )
    let params = {}
    for (let page = 0; page < MAX_PAGES; page++) {
      const response = await list(params)
      if ('error' in response) break
      const { tools, nextCursor: cursor } = response.result as ListToolsResult
      for (const { name, inputSchema } of tools) learned.set(name, readParamHeaders(inputSchema))
      if (cursor === undefined || learned.has(tool)) break
      params = { cursor }
    }
    return learned.get(tool) ?? []
  }

  return {
    paramHeaders(server: Partial<SchemaSource>, tool, list) {
      if (server.toolInputSchemaJson) {
        const schema = findInputSchema(server as SchemaSource, tool)
        return schema ? cached(bySchema, schema, () => readParamHeaders(schema)) : NONE
      }
      return learned.get(tool) ?? ask(list, tool)
    },
    close: () => unsubscribe?.(),
  }
}
