import type {
  InitializeResult,
  JSONRPCResponse,
  Result,
  ServerCapabilities,
  Tool,
} from '@modelcontextprotocol/sdk/types.js'
import type { RequestStates } from '../input/request-state.ts'
import { type ServerEventBus, subscribeTo } from '../protocol/events.ts'
import type {
  ExtensionContext,
  ExtensionMethod,
  ExtensionRequest,
  McpExtension,
  OfferedCall,
} from './extension.ts'
import { describeRequest, failure, type IncomingRequest, notDeclared } from './extension-request.ts'

type Found = { extension: McpExtension; method: ExtensionMethod }

/** What extensions get of their handler. */
interface OpeningContext extends Pick<ExtensionContext, 'call' | 'report'> {
  bus: ServerEventBus
  states: RequestStates
}

/** The extensions of one handler. */
export class Extensions {
  readonly isEmpty: boolean
  /** The extensions that run calls, outermost first. */
  readonly aroundCalls: readonly McpExtension[]
  readonly #all: readonly McpExtension[]
  readonly #methods: { modern: Map<string, Found>; legacy: Map<string, Found> }

  constructor(all: readonly McpExtension[]) {
    this.#all = all
    this.isEmpty = all.length === 0
    this.aroundCalls = all.filter(({ aroundCall }) => aroundCall)
    this.#methods = {
      modern: indexMethods(all, ({ methods }) => methods),
      legacy: indexMethods(all, ({ legacy }) => legacy?.methods),
    }
  }

  /** Opens every extension with what its handler has. */
  open({ bus, states, report, call }: OpeningContext): void {
    for (const extension of this.#all) {
      const prefix = `${extension.id} `
      extension.open?.({
        publish: (topic, { method, params }) =>
          bus.publish({ kind: 'extension', topic: prefix + topic, method, params }),
        subscribe: (listener) =>
          subscribeTo(
            bus,
            (event) => {
              if (event.kind === 'extension' && event.topic.startsWith(prefix))
                listener(event.topic.slice(prefix.length), event)
            },
            report,
          ),
        seal: (payload, expiresAt) => states.encrypt(extension.id, payload, expiresAt),
        unseal: (sealed) => states.decrypt(extension.id, sealed),
        call,
        report,
      })
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((extension) => extension.close?.()))
  }

  /** Returns the param that `Mcp-Name` repeats for a method of an extension. */
  nameParam(method: string): string | undefined {
    return this.#methods.modern.get(method)?.method.nameParam
  }

  /** Adds the settings of every extension to the capabilities that `server/discover` answers. */
  discover(capabilities: ServerCapabilities): ServerCapabilities {
    if (this.#all.length === 0) return capabilities
    const settings = Object.fromEntries(this.#all.map(({ id, settings = {} }) => [id, settings]))
    const { extensions } = capabilities as { extensions?: object }
    return { ...capabilities, extensions: { ...extensions, ...settings } } as ServerCapabilities
  }

  /** Adds the capabilities of extensions for 2025-era clients to the result of `initialize`. */
  addCapabilities(result: Result): Result {
    const { capabilities } = result as Partial<InitializeResult>
    const added = this.#all.flatMap(({ legacy }) => legacy?.capabilities ?? [])
    return added.length === 0
      ? result
      : { ...result, capabilities: Object.assign({}, capabilities, ...added) }
  }

  /** Lets extensions change the tools in the result of `tools/list`, for 2025-era clients. */
  describeTools(result: Result): Result {
    const describing = this.#all.flatMap(({ legacy }) => (legacy?.describeTool ? [legacy] : []))
    if (describing.length === 0 || !Array.isArray(result.tools)) return result
    const describe = (tool: Tool): Tool =>
      describing.reduce((described, legacy) => legacy.describeTool?.(described) ?? described, tool)
    return { ...result, tools: result.tools.map(describe) }
  }

  /** Whether a method of 2026-07-28 is that of an extension. */
  serves(method: string): boolean {
    return this.#methods.modern.has(method)
  }

  /** Whether extensions run the calls of a method. */
  hooks(method: string): boolean {
    return method === 'tools/call' && this.aroundCalls.length > 0
  }

  /**
   * Answers a request for a method of an extension; undefined for any other method. It resolves with undefined if the
   * extension leaves a request of a 2025-era client to the server.
   */
  answer(
    method: string,
    era: 'legacy' | 'modern',
    describe: () => IncomingRequest,
  ): Promise<JSONRPCResponse | undefined> | undefined {
    const found = this.#methods[era].get(method)
    return found && answerMethod(found, describeRequest(describe(), found.extension))
  }

  /** Whether all extensions that run calls leave one to the server. */
  leaveCall(offer: (extension: McpExtension) => OfferedCall): boolean {
    return this.aroundCalls.every((extension) => extension.leavesCall?.(offer(extension)))
  }

  /**
   * Returns the honored part of the members that extensions add to a filter.
   *
   * @throws Refusal `missing-capability` if the request has a member of an extension that it does not declare.
   */
  async honor(filter: object, incoming: IncomingRequest): Promise<[honored: object, topics: string[]]> {
    const honored: Record<string, unknown> = {}
    const topics: string[] = []
    for (const extension of this.#all) {
      for (const [name, subscription] of Object.entries(extension.subscriptions ?? {})) {
        const value = (filter as Record<string, unknown>)[name]
        if (value === undefined) continue
        const request = describeRequest(incoming, extension)
        if (!request.isDeclared) throw notDeclared(extension)
        const result = await subscription.honor(value, request)
        if (!result) continue
        honored[name] = result.honored
        topics.push(...result.topics.map((topic) => `${extension.id} ${topic}`))
      }
    }
    return [honored, topics]
  }
}

function indexMethods(
  extensions: readonly McpExtension[],
  methodsOf: (extension: McpExtension) => McpExtension['methods'],
): Map<string, Found> {
  return new Map(
    extensions.flatMap((extension) =>
      Object.entries(methodsOf(extension) ?? {}).map(
        ([name, method]) => [name, { extension, method }] as const,
      ),
    ),
  )
}

async function answerMethod(
  { extension, method }: Found,
  request: ExtensionRequest,
): Promise<JSONRPCResponse | undefined> {
  if (request.era === 'modern' && !request.isDeclared && !method.allowsUndeclared)
    throw notDeclared(extension)
  const { id } = request.message
  try {
    const result = await method.handle(request)
    return result && { jsonrpc: '2.0', id, result }
  } catch (thrown) {
    return failure(id, thrown)
  }
}
