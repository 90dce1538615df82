import type { McpServerOptions } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { Implementation } from '@modelcontextprotocol/sdk/types.js'
import { jsonSchemaValidator } from '../../json-schema/index.ts'
import { SdkMcpServer } from '../../protocol/sdk.ts'
import { SDK_METHODS } from './sdk-methods.ts'

/** A call that the SDK's constructor made on the server that it built. */
type Calls = [name: string, args: unknown[]][]

let calls: Calls = []

/**
 * Builds the SDK's server, and records what its constructor registers instead of registering it: the handlers of the
 * constructor would refer to the SDK's server, and have to refer to Portico's.
 */
function Draft(): void {}
Draft.prototype = Object.create(
  SdkMcpServer.prototype,
  Object.fromEntries(
    [...SDK_METHODS]
      .filter((name) => /^set\w+RequestHandlers?$/.test(name))
      .map((name) => [name, { value: (...args: unknown[]) => void calls.push([name, args]) }]),
  ),
)

function draft(serverInfo: Implementation, options?: McpServerOptions): [SdkMcpServer, Calls] {
  const outer = calls
  calls = []
  try {
    const args = [serverInfo, { jsonSchemaValidator, ...options }]
    return [Reflect.construct(SdkMcpServer, args, Draft), calls]
  } finally {
    calls = outer
  }
}

const FIELDS: ReadonlySet<PropertyKey> = new Set(Object.keys(draft({ name: '', version: '' })[0]))

/** Is called when user code touches a server that has not been built. */
export interface LazyListener {
  /** Is called when a field of the SDK's server is read or changed. */
  onRead(): void
  /** Is called when a method of the SDK or the prototype is replaced, or the server is made non-extensible. */
  onReplace(): void
}

/** The symbol under which a server has its listener, also if it is read through a proxy. */
export const LAZY_LISTENER: unique symbol = Symbol('listener')

/**
 * The proxy of a server of the SDK's class that is built when its fields are first read. It is a proxy because a
 * method that user code replaces has to be noticed immediately, and because creating accessors on each instance takes
 * seven times as long.
 */
class LazyProxy implements ProxyHandler<object> {
  /** The server as user code has it. */
  self: object | undefined
  listener: LazyListener | undefined
  readonly #serverInfo: Implementation
  readonly #options: McpServerOptions | undefined
  #isBuilt = false

  constructor(serverInfo: Implementation, options?: McpServerOptions) {
    this.#serverInfo = serverInfo
    this.#options = options
  }

  get(target: object, key: PropertyKey, receiver: unknown): unknown {
    if (key === LAZY_LISTENER) return this.listener
    if (FIELDS.has(key)) this.#look(target)
    return Reflect.get(target, key, receiver)
  }

  set(target: object, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    if (key === LAZY_LISTENER) {
      this.listener = value as LazyListener
      return true
    }
    // A new symbol on the server itself has no setter, so the server does not have to be built.
    if (typeof key === 'symbol' && receiver === this.self && !(key in target))
      return Reflect.set(target, key, value)
    this.#change(target, key)
    return Reflect.set(target, key, value, receiver)
  }

  has(target: object, key: PropertyKey): boolean {
    if (FIELDS.has(key)) this.#look(target)
    return Reflect.has(target, key)
  }

  ownKeys(target: object): (string | symbol)[] {
    this.#look(target)
    return Reflect.ownKeys(target)
  }

  getOwnPropertyDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
    if (FIELDS.has(key)) this.#look(target)
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  defineProperty(target: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    this.#change(target, key)
    return Reflect.defineProperty(target, key, descriptor)
  }

  deleteProperty(target: object, key: PropertyKey): boolean {
    this.#change(target, key)
    return Reflect.deleteProperty(target, key)
  }

  setPrototypeOf(target: object, prototype: object | null): boolean {
    this.listener?.onReplace()
    return Reflect.setPrototypeOf(target, prototype)
  }

  preventExtensions(target: object): boolean {
    this.#look(target)
    this.listener?.onReplace()
    return Reflect.preventExtensions(target)
  }

  #look(target: object): void {
    this.listener?.onRead()
    this.#build(target)
  }

  #change(target: object, key: PropertyKey): void {
    if (FIELDS.has(key)) this.#look(target)
    else if (SDK_METHODS.has(key as string)) this.listener?.onReplace()
  }

  #build(target: object): void {
    if (this.#isBuilt) return
    const [server, calls] = draft(this.#serverInfo, this.#options)
    this.#isBuilt = true
    Object.defineProperties(target, Object.getOwnPropertyDescriptors(server))
    const self = this.self as Record<string, (...args: unknown[]) => void>
    for (const [name, args] of calls) self[name]?.(...args)
  }
}

function LazyServer(this: object, serverInfo: Implementation, options?: McpServerOptions): object {
  const late = new LazyProxy(serverInfo, options)
  late.self = new Proxy(this, late)
  return late.self
}
Object.setPrototypeOf(LazyServer, SdkMcpServer)
LazyServer.prototype = Object.create(SdkMcpServer.prototype)

/** The SDK's `McpServer`, which is built when one of its fields is first read. */
export const LazyMcpServer: typeof SdkMcpServer = LazyServer as never
