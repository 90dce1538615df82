import type { MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'

/**
 * What handlers are called with besides their arguments, as their last parameter: `extra` of the 1.x SDK and of
 * Portico's `McpServer`, `ctx` of the 2.x SDK. A tool with an `inputSchema` gets its arguments first.
 */
export type HandlerExtra =
  | { requestId: RequestId; signal: AbortSignal; requestInfo?: object | undefined }
  | { mcpReq: { id: RequestId; signal: AbortSignal }; http?: { req?: object | undefined } | undefined }

/** Where the turns of a request are found. */
interface TurnKey {
  requestId?: RequestId | undefined
  requestInfo?: object | undefined
  mcpReq?: { id: RequestId } | undefined
  http?: { req?: object | undefined } | undefined
}

/** What is told to a server of a request; 2.x servers look for the request itself. */
export type ServerExtra = MessageExtraInfo & { request?: Request }

/** What a handler finds each time that one call comes to it. */
export interface Turn {
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
export function callIdOf(turn: Turn): string {
  turn.callId ??= crypto.randomUUID()
  return turn.callId
}

export const firstTurn = (): Turn => ({ round: 0, done: new Map(), doing: new Map() })

/** Where something that handlers are given knows their turns. */
export const TURNS: unique symbol = Symbol('turns')

/** A batch shares them. */
export type Turns = Map<RequestId | undefined, Turn>

const turnsOf = (holder: object & { [TURNS]?: Turns }): Turns => holder[TURNS] ?? hold(holder, new Map())

// not in a weak map: to collect those costs more than to serve
function hold(holder: object, value: Turns): Turns {
  Object.defineProperty(holder, TURNS, { value, configurable: true })
  return value
}

/** Says what the handler of a request finds, where that is not its first turn. */
export function setTurn({ requestInfo }: ServerExtra, id: RequestId, turn: Turn): void {
  if (requestInfo) turnsOf(requestInfo as object).set(id, turn)
}

/**
 * Lets the handler of a request find what there is for it where its server knows it by another id.
 *
 * @param extra - What the server is told with the request.
 */
export function aliasTurn({ requestInfo }: ServerExtra, id: RequestId, alias: RequestId): void {
  if (requestInfo) turnsOf(requestInfo as object).set(alias, turnOf({ requestId: id, requestInfo }))
}

/** The request itself, where a server looks for it: its handlers find their turns there. */
export function withTurns(request: Request, { requestInfo }: ServerExtra): Request {
  if (requestInfo) hold(request, turnsOf(requestInfo as object))
  return request
}

/** What a handler finds. */
export function turnOf({ mcpReq, requestId = mcpReq?.id, requestInfo, http }: TurnKey): Turn {
  const turns = turnsOf(requestInfo ?? http?.req ?? {})
  const turn = turns.get(requestId) ?? firstTurn()
  turns.set(requestId, turn)
  return turn
}

/**
 * What a handler finds that calls a function of Portico; undefined outside of a call of Portico.
 *
 * @param caller - The function that is called.
 * @throws TypeError for what no handler is called with, such as its arguments.
 */
export function turnFor(caller: string, extra: HandlerExtra): Turn | undefined {
  const { requestId, signal, mcpReq, requestInfo, http } = (extra ?? {}) as TurnKey & { signal?: AbortSignal }
  if (!mcpReq && (requestId === undefined || !signal)) {
    throw new TypeError(
      `${caller}: extra must be the last parameter of the handler (got ${describe(extra)}); a handler with an inputSchema is called with its arguments first`,
    )
  }
  const holder = (requestInfo ?? http?.req) as { [TURNS]?: Turns } | undefined
  return holder?.[TURNS] && turnOf(extra as TurnKey)
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
  turnFor('inputResponses', extra)?.inputResponses

/**
 * The `requestState` that this handler returned with `inputRequired`, unchanged.
 *
 * @param extra - What the handler was called with, after its arguments.
 * @throws TypeError for anything else.
 */
export const requestState = (extra: HandlerExtra): string | undefined =>
  turnFor('requestState', extra)?.requestState
