import type { MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'

/**
 * What handlers are called with besides their arguments, as their last parameter: `extra` of the 1.x SDK and of
 * Portico's `McpServer`, `ctx` of the 2.x SDK. A tool with an `inputSchema` gets its arguments first.
 */
export type HandlerExtra =
  | { requestId: RequestId; signal: AbortSignal; requestInfo?: object | undefined }
  | { mcpReq: { id: RequestId; signal: AbortSignal }; http?: { req?: object | undefined } | undefined }

/** What handlers are given, as far as it leads to their request contexts. */
interface ContextKey {
  requestId?: RequestId | undefined
  requestInfo?: object | undefined
  mcpReq?: { id: RequestId } | undefined
  http?: { req?: object | undefined } | undefined
}

/** What is told to a server of a request; 2.x servers look for the request itself. */
export type ServerExtra = MessageExtraInfo & { request?: Request }

/** What a handler finds each time that one call comes to it. */
export interface RequestContext {
  /** How often it has come before. */
  readonly round: number
  readonly inputResponses?: Record<string, unknown>
  readonly requestState?: string
  /** What `once` has done, by key; boxed, since nothing is a result too. */
  readonly done: Map<string, { value?: unknown }>
  /** What `once` is doing. */
  readonly doing: Map<string, Promise<unknown>>
  /** Whether what is done from here on would be forgotten. */
  over?: boolean
  /** What all runs and replays of one call have in common; `'unknown'` where the client did not bring it back. */
  callId?: string
}

/** Of a call that goes on without what the rounds before it sealed. */
export const UNKNOWN_CALL = 'unknown'

/** The id of a call, made when it is first needed. */
export function ensureCallId(context: RequestContext): string {
  context.callId ??= crypto.randomUUID()
  return context.callId
}

export const createRequestContext = (): RequestContext => ({ round: 0, done: new Map(), doing: new Map() })

/** The member of something that handlers are given under which their request contexts are kept. */
export const REQUEST_CONTEXTS: unique symbol = Symbol('contexts')

/** A batch shares them. */
export type RequestContexts = Map<RequestId | undefined, RequestContext>

const getContexts = (holder: object & { [REQUEST_CONTEXTS]?: RequestContexts }): RequestContexts =>
  holder[REQUEST_CONTEXTS] ?? hold(holder, new Map())

// not in a weak map: to collect those costs more than to serve
function hold(holder: object, value: RequestContexts): RequestContexts {
  Object.defineProperty(holder, REQUEST_CONTEXTS, { value, configurable: true })
  return value
}

/** Says what the handler of a request finds, where that is not its first turn. */
export function setRequestContext(
  { requestInfo }: ServerExtra,
  id: RequestId,
  context: RequestContext,
): void {
  if (requestInfo) getContexts(requestInfo as object).set(id, context)
}

/**
 * Lets the handler of a request find what there is for it where its server knows it by another id.
 *
 * @param extra - What the server is told with the request.
 */
export function linkRequestContext({ requestInfo }: ServerExtra, id: RequestId, alias: RequestId): void {
  if (requestInfo)
    getContexts(requestInfo as object).set(alias, getRequestContext({ requestId: id, requestInfo }))
}

/** The request with its contexts, for servers of the 2.x SDK, whose handlers are given the request itself. */
export function shareRequestContexts(request: Request, { requestInfo }: ServerExtra): Request {
  if (requestInfo) hold(request, getContexts(requestInfo as object))
  return request
}

/** What a handler finds. */
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
 * What a handler finds that calls a function of Portico; undefined outside of a call of Portico.
 *
 * @param caller - The function that is called.
 * @throws TypeError for what no handler is called with, such as its arguments.
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

// not the values: they may be a client's
function describe(given: unknown): string {
  if (typeof given !== 'object' || given === null) return given === null ? 'null' : typeof given
  const names = Object.keys(given).slice(0, 5)
  return names.length > 0 ? `an object with ${names.join(', ')}` : 'an object without members'
}

/**
 * The client's answers to what this handler asked for with `inputRequired`, by its keys; undefined when it
 * is called for the first time. A handler of the 2.x SDK has them in `ctx.mcpReq.inputResponses` instead.
 *
 * @param extra - What the handler was called with, after its arguments.
 * @throws TypeError for anything else.
 */
export const inputResponses = (extra: HandlerExtra): Record<string, unknown> | undefined =>
  findRequestContext('inputResponses', extra)?.inputResponses

/**
 * The `requestState` that this handler returned with `inputRequired`, unchanged.
 *
 * @param extra - What the handler was called with, after its arguments.
 * @throws TypeError for anything else.
 */
export const requestState = (extra: HandlerExtra): string | undefined =>
  findRequestContext('requestState', extra)?.requestState
