import type {
  ClientCapabilities,
  JSONRPCRequest,
  JSONRPCResponse,
  MessageExtraInfo,
  Result,
} from '@modelcontextprotocol/sdk/types.js'
import { Refusal } from '../http/errors.ts'
import { errorMessage } from '../protocol/json-rpc.ts'
import { isObject } from '../utils/type-guards.ts'
import { requiresInput } from './input-required.ts'

/** What a server wants to know of its client. */
export type ServerRequest = Pick<JSONRPCRequest, 'method' | 'params'>

/**
 * Puts a question of a server to its client. Resolves with the client's result, rejects with what the
 * server gets as an error, and stays pending where the exchange ends with the question.
 */
export type SendServerRequest = (question: ServerRequest) => Promise<Result>

/** The exchange in which a server asks its client. */
export interface RequestingExchange {
  /** Asks the server something that its client did not ask. */
  call(method: string, params: object, extra?: MessageExtraInfo): Promise<JSONRPCResponse>
  /** Gives a request its final reply. */
  answer(response: JSONRPCResponse): void
  /** Ends the exchange; its reader gets the refusal. */
  end(failure?: Refusal): void
}

/** What becomes of what a server asks, in one exchange. */
export interface ClientRequester {
  /** What to do about a client that cannot be reached; undefined where it can be. */
  readonly wayOut?: string
  ask(
    ...asked: [...Parameters<SendServerRequest>, exchange: RequestingExchange]
  ): ReturnType<SendServerRequest>
  /** What becomes of a server's final reply; undefined for one that another will stand for. */
  answer(response: JSONRPCResponse, exchange: RequestingExchange): JSONRPCResponse | undefined
}

export const noBackChannel = (what: string, wayOut: string): Refusal => {
  const reason = 'no-back-channel'
  return new Refusal(reason, `${what} cannot reach the client: ${wayOut}`, { data: { reason } })
}

/** Whether something failed for a question that could not reach the client. */
export const isNoBackChannel = (error: unknown): boolean =>
  error instanceof Error && 'data' in error && isObject(error.data) && error.data.reason === 'no-back-channel'

/** Where no question can reach the client: whoever asks is told the way out. */
export const createRefusingRequester = (wayOut: string): ClientRequester => ({
  wayOut,
  ask: async ({ method }) => {
    throw noBackChannel(method, wayOut)
  },
  answer: (response) => {
    if (!requiresInput(response)) return response
    const { code, message, data } = noBackChannel('input_required', wayOut)
    // in the words of a handler that was refused
    return errorMessage(response.id, { code, message: `MCP error ${code}: ${message}`, data })
  },
})

/** A 2025-era client without a session has nowhere to answer. */
export const statelessRequester: ClientRequester = createRefusingRequester(
  'serve 2025-era clients with sessions',
)

/** 2026-07-28 has no requests from servers, and answers few methods with questions. */
export const unsupportedMethodRequester: ClientRequester = createRefusingRequester(
  'only tools/call, prompts/get and resources/read may ask',
)

const ELICITATION = 'elicitation/create'
const SAMPLING = 'sampling/createMessage'
const ROOTS = 'roots/list'

/** The refusal of a question that this client cannot be asked; undefined if it can. */
export function findRequestRefusal(
  question: ServerRequest,
  declared: ClientCapabilities,
): Refusal | undefined {
  const { method, params } = question
  if (![ELICITATION, SAMPLING, ROOTS].includes(method) || params?.task) {
    return noBackChannel(method, 'an input_required result has no place for it')
  }
  const requiredCapabilities = listRequiredCapabilities(question, declared)
  if (declares(declared, requiredCapabilities)) return undefined
  const message = `The client does not declare what ${method} needs`
  return new Refusal('missing-capability', message, { data: { requiredCapabilities } })
}

function listRequiredCapabilities(
  { method, params }: ServerRequest,
  { elicitation }: ClientCapabilities,
): ClientCapabilities {
  if (method === ROOTS) return { roots: {} }
  if (method === SAMPLING) return { sampling: params?.tools || params?.toolChoice ? { tools: {} } : {} }
  if (params?.mode === 'url') return { elicitation: { url: {} } }
  // an empty declaration means forms
  return { elicitation: elicitation?.url ? { form: {} } : {} }
}

const declares = (declared: object, required: object): boolean =>
  Object.entries(required).every(([name, more]) => {
    const own = (declared as Record<string, object | undefined>)[name]
    return own && declares(own, more)
  })

/** How the SDKs say that they will not ask a client. */
const OBJECTION =
  /^(?:Client does not support (?:(form|url) elicitation|(sampling tools) capability|[a-z ]+)|Cannot request input [^(]+)(?:\.| \((?:required for )?(elicitation\/create|sampling\/createMessage|roots\/list|notifications\/elicitation\/complete)\)(?:: .+)?)$/i

/** What they were to ask; they do not always say in which mode. */
function parseObjection(text: string): ServerRequest[] {
  const [, mode, tools, method] = OBJECTION.exec(text) ?? []
  if (mode) return [{ method: ELICITATION, params: { mode: mode.toLowerCase() } }]
  if (tools) return [{ method: SAMPLING, params: { tools } }]
  return method ? [{ method }, { method, params: { mode: 'url' } }] : []
}

/**
 * What a question fails with where no client can be reached. A server that has not met its client says that
 * the client supports nothing, which leads astray.
 *
 * @param wayOut - See {@link ClientRequester.wayOut}.
 */
export function addWayOut(error: unknown, wayOut: string | undefined): unknown {
  const [question] = wayOut !== undefined && error instanceof Error ? parseObjection(error.message) : []
  return question ? noBackChannel(question.method, wayOut as string) : error
}

/** The refusal of a capability that a handler failed for, without minding; undefined if it did not. */
export function findMissingCapability(
  response: JSONRPCResponse,
  refused: readonly Refusal[],
  declared: ClientCapabilities,
): Refusal | undefined {
  const text = readFailure(response)
  if (typeof text !== 'string') return undefined
  const known = refused.find(({ message }) => text.endsWith(message))
  return known ?? parseObjection(text).flatMap((question) => findRequestRefusal(question, declared) ?? [])[0]
}

const readFailure = (response: JSONRPCResponse): unknown =>
  'error' in response ? response.error.message : readToolError(response)

/** The first text of a result of a tool that says that it failed. */
export function readToolError(response: JSONRPCResponse): unknown {
  if (!('result' in response)) return undefined
  const { isError, content } = response.result
  return isError === true && Array.isArray(content) ? content[0]?.text : undefined
}
