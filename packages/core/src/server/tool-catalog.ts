import type { JSONRPCResponse, ListToolsResult, Tool } from '@modelcontextprotocol/sdk/types.js'
import { type ServerEventBus, subscribeTo } from '../protocol/events.ts'
import { type ParamHeader, readParamHeaders } from '../protocol/param-headers.ts'
import { cached } from '../utils/cached.ts'
import { isPromise, type MaybePromise } from '../utils/type-guards.ts'
import type { ToolTaskSupport } from './extension.ts'

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

/** What is learned of a tool from `tools/list`. */
interface LearnedTool {
  headers: readonly ParamHeader[]
  taskSupport: ToolTaskSupport['taskSupport']
}

const UNKNOWN_TOOL: LearnedTool = { headers: NONE, taskSupport: 'forbidden' }

const learn = ({ inputSchema, execution }: Tool): LearnedTool => ({
  headers: readParamHeaders(inputSchema),
  taskSupport: execution?.taskSupport ?? 'forbidden',
})

/** Finds what servers say of their tools: the arguments that are mirrored into headers, and the support of tasks. */
export interface ToolCatalog {
  /** @param list - Requests a page of the server's tools. */
  paramHeaders(
    server: object,
    tool: string,
    list: (params: object) => Promise<JSONRPCResponse>,
  ): MaybePromise<readonly ParamHeader[]>
  /** @param list - Requests a page of the server's tools. */
  readTaskSupport(
    tool: string,
    list: (params: object) => Promise<JSONRPCResponse>,
  ): MaybePromise<ToolTaskSupport>
  close(): void
}

// The SDK lists no other support for a tool than that of its own tasks.
const ownSupport = ({ taskSupport }: LearnedTool): ToolTaskSupport => ({
  taskSupport,
  isOwn: taskSupport !== 'forbidden',
})

/**
 * Requests the tools of servers. A server that cannot return one schema is asked for its list, up to the tool that is not
 * known yet. The result is used for every caller until the tools change.
 */
export function toolCatalog(
  settings: { readonly bus: ServerEventBus },
  report: (error: unknown) => void,
): ToolCatalog {
  const learned = new Map<string, LearnedTool>()
  const bySchema = new WeakMap<object, readonly ParamHeader[]>()
  let unsubscribe: (() => void) | undefined

  async function ask(list: Parameters<ToolCatalog['paramHeaders']>[2], tool: string): Promise<LearnedTool> {
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
      for (const listed of tools) learned.set(listed.name, learn(listed))
      if (cursor === undefined || learned.has(tool)) break
      params = { cursor }
    }
    return learned.get(tool) ?? UNKNOWN_TOOL
  }

  return {
    paramHeaders(server: Partial<SchemaSource>, tool, list) {
      if (server.toolInputSchemaJson) {
        const schema = findInputSchema(server as SchemaSource, tool)
        return schema ? cached(bySchema, schema, () => readParamHeaders(schema)) : NONE
      }
      return learned.get(tool)?.headers ?? ask(list, tool).then(({ headers }) => headers)
    },
    readTaskSupport(tool, list) {
      const found = learned.get(tool) ?? ask(list, tool)
      return isPromise(found) ? found.then(ownSupport) : ownSupport(found)
    },
    close: () => unsubscribe?.(),
  }
}
