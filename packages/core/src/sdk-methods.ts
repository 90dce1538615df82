import { SdkMcpServer, SdkServer } from './sdk.ts'

type Methods = Record<string, unknown>

const sdk = SdkMcpServer.prototype as unknown as Methods
const server = SdkServer.prototype as unknown as Methods
const protocol = Object.getPrototypeOf(server) as Methods

/**
 * The names of what the SDK's `McpServer` has on its prototype. Without `close`, which Portico calls on every server:
 * whatever replaces it is called.
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

const USER_METHOD =
  /^(send|remove|(request|requestStream|notification|ping|prompt|resource)$|getClient|createMessage)/
const OTHER_FEATURE =
  /Prompt|Resource|Completion|Task|Timeout|Progress|response|progress|elicit|Elicit|listRoots|assertCapab|assertNotif/

/** Whether user code or the SDK itself calls a method, also where a request is answered without the SDK. */
const isCalledAnyway = (name: string): boolean =>
  !COMPARED.has(name) && (USER_METHOD.test(name) || OTHER_FEATURE.test(name))

// One by one, each on one object: that is twenty times as fast as a loop over names, and every request pays for it.

const isSdkSame = (now: Methods): boolean =>
  now.registerTool === registerTool &&
  now.tool === tool &&
  now._createRegisteredTool === _createRegisteredTool &&
  now.setToolRequestHandlers === setToolRequestHandlers &&
  now.connect === connect &&
  now.close === close &&
  now.sendToolListChanged === sendToolListChanged

const isWatchedSame = (now: Methods): boolean =>
  now.validateToolInput === validateToolInput &&
  now.executeToolHandler === executeToolHandler &&
  now.validateToolOutput === validateToolOutput &&
  now.createToolError === createToolError &&
  now.handleAutomaticTaskPolling === handleAutomaticTaskPolling &&
  now.isConnected === isConnected &&
  now.sendToolListChanged === own.sendToolListChanged &&
  now.connect === own.connect &&
  now._createRegisteredTool === own._createRegisteredTool &&
  now.setToolRequestHandlers === own.setToolRequestHandlers

const isServerSame = (now: Methods): boolean =>
  now.connect === connectServer &&
  now.close === closeServer &&
  now.setRequestHandler === setRequestHandler &&
  now.setNotificationHandler === setNotificationHandler &&
  now.assertCanSetRequestHandler === assertCanSetRequestHandler &&
  now.assertRequestHandlerCapability === assertRequestHandlerCapability &&
  now.assertTaskHandlerCapability === assertTaskHandlerCapability &&
  now.registerCapabilities === registerCapabilities &&
  now.getCapabilities === getCapabilities &&
  now._oninitialize === _oninitialize &&
  now._onrequest === _onrequest &&
  now._onnotification === _onnotification &&
  now._oncancel === _oncancel &&
  now._onclose === _onclose &&
  now._onerror === _onerror

/** Methods of a newer SDK, which no comparison names. */
const others: { holder: Methods; name: string; method: unknown }[] = [sdk, server, protocol].flatMap(
  (holder) =>
    methodsOf(holder).flatMap((name) =>
      COMPARED.has(name) || isCalledAnyway(name) ? [] : [{ holder, name, method: holder[name] }],
    ),
)

function methodsOf(holder: object): string[] {
  return Object.getOwnPropertyNames(holder).filter((name) => {
    const { value } = Object.getOwnPropertyDescriptor(holder, name) as PropertyDescriptor
    return typeof value === 'function' && name !== 'constructor'
  })
}

let outermost: Methods = sdk
let own: Methods = {}

/** Watches the class that extends the SDK's `McpServer`, with methods in place of some. */
export function watchClass(prototype: object): void {
  outermost = prototype as Methods
  const { connect, _createRegisteredTool, setToolRequestHandlers, sendToolListChanged } = outermost
  own = { connect, _createRegisteredTool, setToolRequestHandlers, sendToolListChanged }
  for (const { holder, name, method } of [...others]) {
    if (holder === sdk) others.push({ holder: outermost, name, method })
  }
}

/** Whether the SDK's classes, and the one that is watched, have the methods that they were written with. */
export function areSdkMethodsUntouched(): boolean {
  try {
    if (!isWatchedSame(outermost) || !isSdkSame(sdk) || !isServerSame(server)) return false
    if (protocol.setRequestHandler !== setProtocolHandler) return false
    for (const { holder, name, method } of others) if (holder[name] !== method) return false
  } catch {
    // what has become an accessor may throw
    return false
  }
  areGenuine ??= [sdk, server, protocol].every(isGenuine)
  return areGenuine
}

let areGenuine: boolean | undefined

/**
 * Whether the methods of a class are those that it was written with. Instrumentation that was loaded before Portico
 * has replaced methods by then; a method's text is a part of its class's text, and that of a wrapper is not.
 */
function isGenuine(holder: Methods): boolean {
  const text = textOf(holder.constructor)
  return methodsOf(holder).every((name) => isCalledAnyway(name) || text.includes(textOf(holder[name])))
}

const textOf = (method: unknown): string => Function.prototype.toString.call(method)

/** Whether a class that extends the watched one has something in place of a method of the SDK's. */
export function overridesSdkMethods(prototype: object | null): boolean {
  for (let holder = prototype; holder !== outermost; holder = Object.getPrototypeOf(holder)) {
    if (holder === null || Object.getOwnPropertyNames(holder).some((name) => SDK_METHODS.has(name)))
      return true
  }
  return false
}
