import type { MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'

/**
 * The last argument of a handler: `extra` of the 1.x SDK and of Portico's `McpServer`, `ctx` of the 2.x SDK. A tool with
 * an `inputSchema` gets its arguments first.
 */
export type HandlerExtra =
  | { requestId: RequestId; signal: AbortSignal; requestInfo?: object | undefined }
  | { mcpReq: { id: RequestId; signal: AbortSignal }; http?: { req?: object | undefined } | undefined }

/** The members of a handler's last argument that lead to its request context. */
interface ContextKey {
  requestId?: RequestId | undefined
  requestInfo?: object | undefined
  mcpReq?: { id: RequestId } | undefined
  http?: { req?: object | undefined } | undefined
}

/** The context of a message for a server; servers of the 2.x SDK read the request itself. */
export type ServerExtra = MessageExtraInfo & { request?: Request }

/** The state of one call for one run of its handler. */
export interface RequestContext {
  /** The number of earlier runs. */
  readonly round: number
  readonly inputResponses?: Record<string, unknown>
  readonly requestState?: string
  /** The results of `once`, by key; they are boxed, since undefined is a result too. */
  readonly done: Map<string, { value?: unknown }>
  /** The work of `once` that is running. */
  readonly doing: Map<string, Promise<unknown>>
  /** Whether the round has ended, so that a later result of `once` would be lost. */
  over?: boolean
  /** The id of the call in all runs and replays; `'unknown'` if the client did not send it back. */
  callId?: string
  /** Answers the call in place of an error that its handler throws (2026-07-28). */
  refusal?: Error
  /** Stores the results of `once`, before the handler gets the newest one. */
  save?(): Promise<unknown>
  /** Members that an extension adds to the last argument of the handler. */
  members?: PropertyDescriptorMap
}

/** The id of a call whose client sent no state of the rounds before. */
export const UNKNOWN_CALL = 'unknown'

/** Returns the id of a call, which is created when it is first needed. */
export function ensureCallId(context: RequestContext): string {
  context.callId ??= crypto.randomUUID()
  return context.callId
}

export const createRequestContext = (): RequestContext => ({ round: 0, done: new Map(), doing: new Map() })

/** The member of `requestInfo` or a request under which the contexts are kept. */
export const REQUEST_CONTEXTS: unique symbol = Symbol('contexts')

/** The messages of a batch share one map. */
export type RequestContexts = Map<RequestId | undefined, RequestContext>

const getContexts = (holder: object & { [REQUEST_CONTEXTS]?: RequestContexts }): RequestContexts =>
  holder[REQUEST_CONTEXTS] ?? hold(holder, new Map())

// A WeakMap is not used, since collecting its entries costs more than serving a request.
function hold(holder: object, value: RequestContexts): RequestContexts {
  Object.defineProperty(holder, REQUEST_CONTEXTS, { value, configurable: true })
  return value
}

/** Reads the refusal that answers a request in place of its server. */
export const readRefusal = ({ requestInfo }: ServerExtra, id: RequestId | undefined): Error | undefined =>
  (requestInfo as { [REQUEST_CONTEXTS]?: RequestContexts } | undefined)?.[REQUEST_CONTEXTS]?.get(id)?.refusal

/** Sets the context of a request whose handler runs again. */
export function setRequestContext(
  { requestInfo }: ServerExtra,
  id: RequestId,
  context: RequestContext,
): void {
  if (requestInfo) getContexts(requestInfo as object).set(id, context)
}

/**
 * Lets the handler of a request find its context although its server knows the request by another id.
 *
 * @param extra - The context of the request for the server.
 */
export function linkRequestContext({ requestInfo }: ServerExtra, id: RequestId, alias: RequestId): void {
  if (requestInfo)
    getContexts(requestInfo as object).set(alias, getRequestContext({ requestId: id, requestInfo }))
}

/** Returns the request with its contexts, for servers of the 2.x SDK, whose handlers get the request itself. */
export function shareRequestContexts(request: Request, { requestInfo }: ServerExtra): Request {
  if (requestInfo) hold(request, getContexts(requestInfo as object))
  return request
}

/** Returns the context of a handler's call. */
export function getRequestContext({
  mcpReq,
  requestId = mcpReq?.id,
  requestInfo,
  http,
}: ContextKey): RequestContext {
  const contexts = getContexts(requestInfo ?? http?.req ?? {})
  const context = contexts.get(requestId) ?? createRequestContext()
  contexts.set(requestId, context)
  return context
}

/**
 * Returns the context of the handler that calls a function of Portico; undefined outside of a call of Portico.
 *
 * @param caller - The function that is called.
 * @throws TypeError if the value cannot be the last argument of a handler, such as the arguments of a tool.
 */
export function findRequestContext(caller: string, extra: HandlerExtra): RequestContext | undefined {
  const { requestId, signal, mcpReq, requestInfo, http } = (extra ?? {}) as ContextKey & {
    signal?: AbortSignal
  }
  if (!mcpReq && (requestId === undefined || !signal)) {
    throw new TypeError(
      `${caller}: extra must be the last parameter of the handler (got ${describe(extra)}); a handler with an inputSchema is called with its arguments first`,
    )
  }
  const holder = (requestInfo ?? http?.req) as { [REQUEST_CONTEXTS]?: RequestContexts } | undefined
  return holder?.[REQUEST_CONTEXTS] && getRequestContext(extra as ContextKey)
}

/** Returns the members that an extension adds to the last argument of a handler. */
export function findAddedMembers({
  mcpReq,
  requestId = mcpReq?.id,
  requestInfo,
  http,
}: ContextKey): PropertyDescriptorMap | undefined {
  const holder = (requestInfo ?? http?.req) as { [REQUEST_CONTEXTS]?: RequestContexts } | undefined
  return holder?.[REQUEST_CONTEXTS]?.get(requestId)?.members
}

// The error shows no values, since they may come from a client.
function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null) return given === null ? 'null' : typeof given
  const names = Object.keys(given).slice(0, 5)
  return names.length > 0 ? `an object with ${names.join(', ')}` : 'an object without members'
}

/**
 * Returns the client's answers to the requests of `inputRequired`, by the keys that the handler chose; undefined when
 * it is called for the first time. A handler of the 2.x SDK reads `ctx.mcpReq.inputResponses` instead.
 *
 * @param extra - The last argument of the handler.
 * @throws TypeError for any other value.
 */
export const inputResponses = (extra: HandlerExtra): Record<string, unknown> | undefined =>
  findRequestContext('inputResponses', extra)?.inputResponses

/**
 * Returns the `requestState` that this handler returned with `inputRequired`, unchanged.
 *
 * @param extra - The last argument of the handler.
 * @throws TypeError for any other value.
 */
export const requestState = (extra: HandlerExtra): string | undefined =>
  findRequestContext('requestState', extra)?.requestState
