import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import type {
  CallToolRequest,
  ClientCapabilities,
  JSONRPCNotification,
  JSONRPCRequest,
  JSONRPCResponse,
  Result,
  ServerCapabilities,
  Tool,
} from '@modelcontextprotocol/sdk/types.js'
import type { SendServerRequest } from '../input/client-requests.ts'
import type { RequestContext } from '../input/request-context.ts'
import type { MaybePromise } from '../utils/type-guards.ts'

/**
 * An extension of the protocol (2026-07-28 extensions). It adds methods, changes how calls are answered, and adds topics
 * that clients can listen to. Pass it to `createMcpHandler` in `extensions`.
 *
 * @experimental Members may be added in minor versions.
 *
 * @example
 * ```ts
 * import { createMcpHandler, McpServer, type McpExtension } from '@portico-mcp/core'
 *
 * const clock: McpExtension = {
 *   id: 'com.example/clock',
 *   settings: { zones: ['UTC'] },
 *   methods: { 'clock/now': { handle: () => ({ now: new Date().toISOString() }) } },
 * }
 *
 * export default createMcpHandler(() => new McpServer({ name: 'clock', version: '1.0.0' }), { extensions: [clock] })
 * ```
 */
export interface McpExtension {
  /** The identifier: a prefix that its author owns, a slash and a name, as in `io.modelcontextprotocol/tasks`. */
  readonly id: string
  /** Its settings in `capabilities.extensions` of `server/discover`. @defaultValue {} */
  readonly settings?: Readonly<Record<string, unknown>> | undefined
  /**
   * The methods that it adds to 2026-07-28. A request that does not declare the extension gets -32021, with
   * `data.requiredCapabilities`.
   */
  readonly methods?: Readonly<Record<string, ExtensionMethod>> | undefined
  /**
   * Runs a `tools/call`, in both eras. It may answer without `proceed`, change what the server answers, or answer
   * before the server does: then the call runs on, and neither the client's disconnection nor `requestTimeoutMs` ends
   * it. An error that it throws is the answer.
   *
   * @param proceed - Hands the call to the server, once; resolves with the server's answer.
   */
  aroundCall?(call: ExtensionCall, proceed: () => Promise<JSONRPCResponse>): Promise<JSONRPCResponse>
  /**
   * Whether it leaves a call to the server, so that `aroundCall` is not called and the call costs no more than without
   * extensions. `context.refusal` of the call still replaces an error that its handler throws. It is not called for
   * calls in sessions. @defaultValue no call
   */
  leavesCall?(call: OfferedCall): boolean
  /** What it adds to the filter of `subscriptions/listen`, by the name of the member. */
  readonly subscriptions?: Readonly<Record<string, ExtensionSubscription>> | undefined
  /** What it adds for 2025-era clients. */
  readonly legacy?: LegacyExtension | undefined
  /** Called once, when the handler is created. */
  open?(context: ExtensionContext): void
  /** Called when the handler closes, after every request has ended. */
  close?(): Promise<void>
}

/** The functions of a handler that an extension gets. */
export interface ExtensionContext {
  /** Sends a notification to the clients that listen to a topic of this extension, on every instance of the bus. */
  publish(topic: string, notification: Pick<JSONRPCNotification, 'method' | 'params'>): void
  /**
   * Calls back for everything that `publish` of this extension sends, on every instance of the bus.
   *
   * @returns A function that ends it.
   */
  subscribe(
    listener: (topic: string, notification: Pick<JSONRPCNotification, 'method' | 'params'>) => void,
  ): () => void
  /**
   * Encrypts JSON with `requestState.keys` of the handler.
   *
   * @param expiresAt - When it can no longer be decrypted, in milliseconds since the epoch.
   */
  seal(payload: object, expiresAt: number): Promise<string>
  /** Decrypts what `seal` has encrypted. @throws Refusal `invalid-request-state` if it cannot. */
  unseal(sealed: string): Promise<Record<string, unknown>>
  /**
   * Serves a call that no client has sent, as a request of 2026-07-28. `Host`, tokens and headers are not checked.
   *
   * @param params - Its `_meta` has the capabilities of the client in whose place it is made.
   * @param http - The request that handlers see, without a body.
   */
  call(params: CallToolRequest['params'], http: Request, authInfo: AuthInfo | undefined): Promise<Response>
  /** Passes an error to `onerror`. */
  report(error: unknown): void
}

/** A method of an extension. */
export interface ExtensionMethod {
  /** The param that the `Mcp-Name` header repeats (2026-07-28 Streamable HTTP). */
  readonly nameParam?: string | undefined
  /**
   * Whether clients of 2026-07-28 that do not declare the extension may call it, for extensions that a client need only
   * find in `server/discover`. @defaultValue false
   */
  readonly allowsUndeclared?: boolean | undefined
  /**
   * Answers a request. It may throw a `Refusal`, or an error with a JSON-RPC `code`, as the answer. A method for 2025-era
   * clients may return undefined: then the server answers.
   */
  handle(request: ExtensionRequest): MaybePromise<Result | undefined>
}

/** A request of a client, as an extension sees it. */
export interface ExtensionRequest {
  readonly era: 'legacy' | 'modern'
  readonly message: JSONRPCRequest
  /** The capabilities that the client declares; empty for a 2025-era client without a session. */
  readonly clientCapabilities: ClientCapabilities
  /** Whether the request declares the extension. */
  readonly isDeclared: boolean
  readonly authInfo: AuthInfo | undefined
  /** The HTTP request; its body has been read. */
  readonly http: Request
  /** Sends a request to the client, and resolves with its result. Only in a session whose client reads a stream. */
  readonly ask?: SendServerRequest | undefined
  /** Sends a notification to the client outside of the answer. Only in a session; dropped while no stream is open. */
  readonly notify?: ((notification: Pick<JSONRPCNotification, 'method' | 'params'>) => void) | undefined
}

/** A call that an extension runs. Its members may be set at any time. */
export interface ExtensionCall extends ExtensionRequest {
  /** Takes the notifications that the server sends for the call. @defaultValue sends them to the client */
  onnotification?: ((notification: JSONRPCNotification) => void) | undefined
  /** Answers the server's requests to its client. @defaultValue asks in `input_required`, as without the extension */
  onrequest?: SendServerRequest | undefined
  /**
   * Whether `proceed` resolves with the `input_required` that the server returns, as it is. Then it is not sent to the
   * client. @defaultValue false
   */
  takesInput?: boolean | undefined
  /** The state of the handler's run. What is set before `proceed` is what the handler starts with. */
  readonly context: CallContext
  /** Reads how the tool can be run. */
  readTaskSupport(): MaybePromise<ToolTaskSupport>
  /** Aborts a call that runs on. */
  cancel(): void
}

/** A call that an extension may leave to the server. */
export type OfferedCall = Pick<ExtensionCall, 'era' | 'message' | 'isDeclared' | 'readTaskSupport'>

/** The state of one run of a handler. */
export type CallContext = { -readonly [Name in keyof RequestContext]: RequestContext[Name] }

/** How a tool can be run (2025-11-25 `execution.taskSupport`). */
export interface ToolTaskSupport {
  readonly taskSupport: 'forbidden' | 'optional' | 'required'
  /** Whether the server runs tasks of this tool itself. */
  readonly isOwn: boolean
}

/** A member of the `subscriptions/listen` filter. */
export interface ExtensionSubscription {
  /**
   * Reads the member.
   *
   * @returns The value of the acknowledgement, and the topics to listen to; undefined to listen to none.
   */
  honor(value: unknown, request: ExtensionRequest): Honored | undefined | Promise<Honored | undefined>
}

/** The honored part of a member of a filter. */
export interface Honored {
  /** The value of the member in the acknowledgement. */
  readonly honored: unknown
  /** The topics that `publish` is called with. */
  readonly topics: readonly string[]
}

/** The part of an extension for 2025-era clients, stateless and with sessions. */
export interface LegacyExtension {
  /** Added to the capabilities of the server in the answer to `initialize`. */
  readonly capabilities?: ServerCapabilities | undefined
  /** Methods that it answers in place of the server. */
  readonly methods?: Readonly<Record<string, ExtensionMethod>> | undefined
  /** Changes a tool of `tools/list`. */
  describeTool?(tool: Tool): Tool
}
