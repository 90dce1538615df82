import type { RegisteredTool } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SdkMcpServer, SdkServer } from '../../protocol/sdk.ts'

type Methods = Record<string, unknown>

const sdk = SdkMcpServer.prototype as unknown as Methods
const server = SdkServer.prototype as unknown as Methods
const protocol = Object.getPrototypeOf(server) as Methods

/**
 * The names of the methods on the prototype of the SDK's `McpServer`, without `close`: Portico calls `close` on every
 * server, so a replacement is called anyway.
 */
export const SDK_METHODS: ReadonlySet<string> = new Set(
  Object.getOwnPropertyNames(sdk).filter((name) => name !== 'constructor' && name !== 'close'),
)

const { registerTool, tool, connect, close, _createRegisteredTool, setToolRequestHandlers } = sdk
const { validateToolInput, executeToolHandler, validateToolOutput, createToolError } = sdk
const { isConnected, sendToolListChanged, handleAutomaticTaskPolling } = sdk
const { setRequestHandler, setNotificationHandler, registerCapabilities, getCapabilities } = server
const { assertCanSetRequestHandler, assertRequestHandlerCapability, assertTaskHandlerCapability } = server
const { connect: connectServer, close: closeServer, _oninitialize, _onrequest, _onnotification } = server
const { _oncancel, _onclose, _onerror } = server
const { setRequestHandler: setProtocolHandler } = protocol

/** The methods of the SDK's class that run in the course of a tool call. */
export interface ToolSteps {
  executeToolHandler(tool: RegisteredTool, args: unknown, extra: object): Promise<unknown>
  validateToolOutput(tool: RegisteredTool, result: unknown, name: string): Promise<void>
  createToolError(message: string): unknown
}

/** The steps of the SDK's class. If user code has replaced one, the replacement is called instead of Portico's step. */
export const SDK_STEPS: ToolSteps = { executeToolHandler, validateToolOutput, createToolError } as never

const COMPARED = new Set(
  Object.keys({
    ...{
      registerTool,
      tool,
      connect,
      close,
      _createRegisteredTool,
      setToolRequestHandlers,
      validateToolInput,
    },
    ...{ executeToolHandler, validateToolOutput, createToolError, isConnected, setRequestHandler },
    ...{ setNotificationHandler, registerCapabilities, getCapabilities, assertCanSetRequestHandler },
    ...{ handleAutomaticTaskPolling, assertRequestHandlerCapability, assertTaskHandlerCapability },
    ...{ _oninitialize, _onrequest, _onnotification, _oncancel, _onclose, _onerror, sendToolListChanged },
  }),
)

/**
 * Methods that are not compared, since user code or the SDK calls them even if a request is answered without the SDK:
 * those that register and answer prompts, resources and completions, those that send to the client, and those that
 * belong to requests that a server makes.
 */
const CALLED_ANYWAY: ReadonlyMap<Methods, ReadonlySet<string>> = new Map([
  [
    sdk,
    namesIn(`setCompletionRequestHandler handlePromptCompletion handleResourceCompletion
      setResourceRequestHandlers setPromptRequestHandlers resource registerResource prompt registerPrompt
      _createRegisteredResource _createRegisteredResourceTemplate _createRegisteredPrompt
      sendLoggingMessage sendResourceListChanged sendPromptListChanged`),
  ],
  [
    server,
    namesIn(`assertCapabilityForMethod assertNotificationCapability assertTaskCapability
      getClientCapabilities getClientVersion ping createMessage elicitInput listRoots
      createElicitationCompletionNotifier sendLoggingMessage sendResourceUpdated sendResourceListChanged
      sendPromptListChanged`),
  ],
  [
    protocol,
    namesIn(`_setupTimeout _resetTimeout _cleanupTimeout _onprogress _onresponse requestStream request
      getTask getTaskResult listTasks cancelTask notification removeRequestHandler removeNotificationHandler
      _cleanupTaskProgressHandler _enqueueTaskMessage _clearTaskQueue _waitForTaskUpdate requestTaskStore`),
  ],
])

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/))
}

const isCalledAnyway = (holder: Methods, name: string): boolean =>
  CALLED_ANYWAY.get(holder)?.has(name) === true

/**
 * Whether every method of the SDK's classes is known. An unknown method (of a newer SDK, or added by other code) may
 * decide whether a call is served, so the SDK answers everything itself then.
 */
const areMethodsKnown: boolean = [...CALLED_ANYWAY.keys()].every((holder) =>
  listMethods(holder).every((name) => COMPARED.has(name) || isCalledAnyway(holder, name)),
)

// Each comparison is written out, because a loop over names takes twenty times as long, and every request runs this.

function areSame(): boolean {
  return (
    sdk.registerTool === registerTool &&
    sdk.tool === tool &&
    sdk._createRegisteredTool === _createRegisteredTool &&
    sdk.setToolRequestHandlers === setToolRequestHandlers &&
    sdk.connect === connect &&
    sdk.close === close &&
    sdk.sendToolListChanged === sendToolListChanged &&
    outermost.validateToolInput === validateToolInput &&
    outermost.executeToolHandler === executeToolHandler &&
    outermost.validateToolOutput === validateToolOutput &&
    outermost.createToolError === createToolError &&
    outermost.handleAutomaticTaskPolling === handleAutomaticTaskPolling &&
    outermost.isConnected === isConnected &&
    outermost.sendToolListChanged === own.sendToolListChanged &&
    outermost.connect === own.connect &&
    outermost._createRegisteredTool === own._createRegisteredTool &&
    outermost.setToolRequestHandlers === own.setToolRequestHandlers &&
    server.connect === connectServer &&
    server.close === closeServer &&
    server.setRequestHandler === setRequestHandler &&
    server.setNotificationHandler === setNotificationHandler &&
    server.assertCanSetRequestHandler === assertCanSetRequestHandler &&
    server.assertRequestHandlerCapability === assertRequestHandlerCapability &&
    server.assertTaskHandlerCapability === assertTaskHandlerCapability &&
    server.registerCapabilities === registerCapabilities &&
    server.getCapabilities === getCapabilities &&
    server._oninitialize === _oninitialize &&
    server._onrequest === _onrequest &&
    server._onnotification === _onnotification &&
    server._oncancel === _oncancel &&
    server._onclose === _onclose &&
    server._onerror === _onerror &&
    protocol.setRequestHandler === setProtocolHandler
  )
}

function listMethods(holder: object): string[] {
  return Object.getOwnPropertyNames(holder).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor
    return typeof value === 'function' && name !== 'constructor'
  })
}

let outermost: Methods = sdk
let own: Methods = {}

/** Watches the class that extends the SDK's `McpServer` and overrides some of its methods. */
export function watchClass(prototype: object): void {
  outermost = prototype as Methods
  const { connect, _createRegisteredTool, setToolRequestHandlers, sendToolListChanged } = outermost
  own = { connect, _createRegisteredTool, setToolRequestHandlers, sendToolListChanged }
}

/**
 * Whether neither the SDK's classes nor the watched class have had a method replaced.
 *
 * @param prototype - The prototype of the server's class, which is the watched class or extends it.
 */
export function areSdkMethodsUntouched(prototype: object = outermost): boolean {
  if (!areMethodsKnown) return false
  try {
    if (!areSame() || (prototype !== outermost && overridesSdkMethods(prototype))) return false
  } catch {
    // A method that other code has turned into an accessor may throw.
    return false
  }
  areGenuine ??= [sdk, server, protocol].every(isGenuine)
  return areGenuine
}

let areGenuine: boolean | undefined

/**
 * Whether the methods of a class are those of its source text. Instrumentation that was loaded before Portico may have
 * replaced methods already. The source of a method is a part of the source of its class; that of a wrapper is not.
 */
function isGenuine(holder: Methods): boolean {
  const text = readSource(holder.constructor)
  return listMethods(holder).every(
    (name) => isCalledAnyway(holder, name) || text.includes(readSource(holder[name])),
  )
}

const readSource = (method: unknown): string => Function.prototype.toString.call(method)

/** Whether a class that extends the watched class overrides a method of the SDK. */
function overridesSdkMethods(prototype: object): boolean {
  if (frozen.has(prototype)) return false
  for (let holder: object | null = prototype; holder !== outermost; holder = Object.getPrototypeOf(holder)) {
    if (holder === null || Object.getOwnPropertyNames(holder).some((name) => SDK_METHODS.has(name)))
      return true
  }
  if (Object.isFrozen(prototype) && Object.getPrototypeOf(prototype) === outermost) frozen.add(prototype)
  return false
}

/** Frozen prototypes, which were checked once. Listing their names takes 0.4 µs, and would be done three times a request. */
const frozen = new WeakSet<object>()
