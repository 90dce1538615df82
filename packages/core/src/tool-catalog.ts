import type { ListToolsResult } from '@modelcontextprotocol/sdk/types.js'
import type { ServerEventBus } from './bus.ts'
import type { Connection } from './dispatch.ts'
import { type ParamHeader, readParamHeaders } from './param-headers.ts'

const ID = 'portico/tools'
const MAX_PAGES = 100
const MAX_TOOLS = 10_000

/** A server that tells a tool's input schema without listing all of them. */
interface SchemaSource {
  toolInputSchemaJson(name: string): unknown
}

/**
 * Which arguments of which tool are mirrored into headers. A server that cannot be asked for one schema
 * is asked for its list once; what it said counts until the tools change.
 */
export class ToolCatalog {
  readonly #bus: ServerEventBus
  readonly #report: (error: unknown) => void
  readonly #learned = new Map<string, ParamHeader[]>()
  readonly #reported = new Set<string>()
  #unsubscribe: (() => void) | undefined

  constructor(bus: ServerEventBus, report: (error: unknown) => void) {
    this.#bus = bus
    this.#report = report
  }

  async paramHeaders(connection: Connection, tool: string): Promise<readonly ParamHeader[]> {
    if (tellsSchema(connection.server)) return this.#read(tool, connection.server.toolInputSchemaJson(tool))
    if (!this.#learned.has(tool)) await this.#learn(connection)
    return this.#learned.get(tool) ?? []
  }

  close(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
    this.#learned.clear()
  }

  async #learn(connection: Connection): Promise<void> {
    this.#unsubscribe ??= this.#bus.subscribe(({ kind }) => {
      if (kind === 'tools_list_changed') this.#learned.clear()
    })
    let cursor: string | undefined
    for (let page = 0; page < MAX_PAGES && this.#learned.size < MAX_TOOLS; page++) {
      const list = await listTools(connection, cursor)
      for (const { name, inputSchema } of list?.tools ?? [])
        this.#learned.set(name, this.#read(name, inputSchema))
      cursor = list?.nextCursor
      if (cursor === undefined) return
    }
  }

  #read(tool: string, inputSchema: unknown): ParamHeader[] {
    const { declared, problem } = readParamHeaders(inputSchema)
    if (problem !== undefined && this.#reported.size < MAX_TOOLS && !this.#reported.has(tool)) {
      this.#reported.add(tool)
      this.#report(new Error(`Clients will not list the tool ${tool}: ${problem}`))
    }
    return declared
  }
}

function tellsSchema(server: object): server is SchemaSource {
  return 'toolInputSchemaJson' in server && typeof server.toolInputSchemaJson === 'function'
}

async function listTools(
  { exchange, extra }: Connection,
  cursor?: string,
): Promise<ListToolsResult | undefined> {
  const params = cursor === undefined ? {} : { cursor }
  const response = await exchange.call({ jsonrpc: '2.0', id: ID, method: 'tools/list', params }, extra)
  return 'result' in response ? (response.result as ListToolsResult) : undefined
}
