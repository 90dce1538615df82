import type { MessageExtraInfo, RequestId } from '@modelcontextprotocol/sdk/types.js'

/** What handlers are called with besides their arguments: `extra` of the 1.x SDK, `ctx` of the 2.x one. */
export interface HandlerExtra {
  requestId?: RequestId
  requestInfo?: object
  signal?: AbortSignal
  mcpReq?: { id: RequestId; signal: AbortSignal }
  http?: { req?: object }
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

/** What a handler finds; outside of a handler of Portico, a call by itself. */
export function turnOf(extra: HandlerExtra): Turn {
  const { mcpReq, http, requestId = mcpReq?.id } = extra
  const turns = turnsOf(extra.requestInfo ?? http?.req ?? extra.signal ?? mcpReq?.signal ?? extra)
  const turn = turns.get(requestId) ?? firstTurn()
  turns.set(requestId, turn)
  return turn
}

/**
 * The client's answers to what this handler asked for with `inputRequired`, by its keys; undefined when it
 * is called for the first time. A handler of the 2.x SDK has them in `ctx.mcpReq.inputResponses` instead.
 *
 * @param extra - What the handler was called with, after its arguments.
 */
export const inputResponses = (extra: HandlerExtra): Record<string, unknown> | undefined =>
  turnOf(extra).inputResponses

/**
 * The `requestState` that this handler returned with `inputRequired`, unchanged.
 *
 * @param extra - What the handler was called with, after its arguments.
 */
export const requestState = (extra: HandlerExtra): string | undefined => turnOf(extra).requestState
